
-- Tells nvim-dap of the debug adapters of what is installed, once it is there. It reads launch.json by itself.
local has_told_dap = false

-- Languages whose programs are files.
local scripts = { JavaScript = true, Lua = true, PHP = true, Python = true, Ruby = true, TypeScript = true }

local function ask_for_program()
  return vim.fn.input("Program: ", vim.fn.getcwd() .. "/", "file")
end

local function add_configurations(dap, row)
  for _, language in ipairs(row.languages) do
    for _, type in ipairs(data.file_types[language] or {}) do
      local own = dap.configurations[type]
      if own == nil or #own == 0 then
        dap.configurations[type] = {
          {
            type = row.name,
            request = "launch",
            name = "Launch with " .. row.name,
            program = scripts[language] and "${file}" or ask_for_program,
            cwd = "${workspaceFolder}",
          },
        }
      end
    end
  end
end

local function add_adapters(dap, rows)
  for _, row in ipairs(rows) do
    local is_wanted = (is_named(row.name) or is_named(row.extension)) and not vim.startswith(row.name, "-")
    if row.kind == "debug-adapter" and row.enabled and is_wanted and dap.adapters[row.name] == nil then
      local args = {}
      for index = 2, #data.command do table.insert(args, data.command[index]) end
      for _, word in ipairs({ "dap", row.name, "--extension", row.extension }) do table.insert(args, word) end
      dap.adapters[row.name] = {
        type = "executable",
        command = data.command[1],
        args = args,
        options = { initialize_timeout_sec = 20, disconnect_timeout_sec = 10 },
      }
      add_configurations(dap, row)
    end
  end
end

local function use_dap()
  local function is_there(path) return #vim.api.nvim_get_runtime_file(path, false) > 0 end
  if has_told_dap or not (package.loaded["dap"] or is_there("lua/dap.lua") or is_there("lua/dap/init.lua")) then
    return
  end
  local ok, dap = pcall(require, "dap")
  if not ok or type(dap) ~= "table" or type(dap.adapters) ~= "table" then return end
  has_told_dap = true
  local ask = vim.deepcopy(data.command)
  vim.list_extend(ask, { "dap", "--list", "--json" })
  vim.fn.jobstart(ask, {
    stdout_buffered = true,
    on_stdout = function(_, lines)
      local read, rows = pcall(vim.fn.json_decode, table.concat(lines, "\n"))
      if read and type(rows) == "table" then add_adapters(dap, rows) end
    end,
  })
end

vim.api.nvim_create_autocmd("VimEnter", { callback = use_dap })
-- A plugin that lazy.nvim loads later.
vim.api.nvim_create_autocmd("User", { pattern = "LazyLoad", callback = use_dap })
if vim.v.vim_did_enter == 1 then use_dap() end
