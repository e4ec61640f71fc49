-- Starts the language servers of what is installed, for what is opened, and knows the files of languages that only
-- extensions bring. What is installed is asked for when Neovim starts, in the background.
if vim.g.loaded_annexe then return end
vim.g.loaded_annexe = 1

local uv = vim.uv or vim.loop
local knows_types = vim.fn.has("nvim-0.8") == 1

-- Where a project begins: where its settings are, else where its history is.
local markers = { { ".annexe", ".zed" }, { ".git", ".hg", ".jj", ".svn" } }

local function tell(text, level)
  vim.schedule(function() vim.notify("annexe: " .. text, level) end)
end

local function root_of(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  local start = name == "" and uv.cwd() or vim.fn.fnamemodify(name, ":p:h")
  for _, names in ipairs(markers) do
    local folder, before = start, nil
    while folder ~= before and folder ~= uv.os_homedir() do
      for _, marker in ipairs(names) do
        if uv.fs_stat(folder .. "/" .. marker) then return folder end
      end
      folder, before = vim.fn.fnamemodify(folder, ":h"), folder
    end
  end
end

local function is_named(id) return #data.only == 0 or vim.tbl_contains(data.only, id) end

local function is_wanted(server)
  if type(server.extension) ~= "string" or vim.startswith(server.id, "-") then return false end
  return is_named(server.id) or is_named(server.extension)
end

-- A language is wanted with its extension, or with one of its servers.
local function is_wanted_language(language)
  return is_named(language.extension) or #vim.tbl_filter(is_wanted, language.servers) > 0
end

-- File types that Neovim itself finds by a file's name; nil where it finds none.
local function type_of(name)
  local ok, found = pcall(vim.filetype.match, { filename = name })
  if not ok then return false end
  return found
end

-- An extension's author may have written anything.
local function is_plain(suffix) return suffix:find("^[%w_.+#~@-]+$") ~= nil end

local function name_pattern(suffix)
  return ".*%." .. suffix:gsub("%p", "%%%0")
end

-- The file types of a language. Names of files that Neovim does not know become those of the first.
local function file_types(language, taken)
  local types = vim.deepcopy(data.file_types[language.name] or {})
  local unknown = {}
  local suffixes = vim.tbl_filter(is_plain, language.path_suffixes)
  if knows_types then
    for _, suffix in ipairs(suffixes) do
      local found = type_of("x." .. suffix)
      if found == nil then found = type_of(suffix) end
      if found == nil then
        table.insert(unknown, suffix)
      elseif found and not data.file_types[language.name] and not taken[found] then
        if not vim.tbl_contains(types, found) then table.insert(types, found) end
      end
    end
  elseif #types == 0 then
    unknown = suffixes
  end
  if #types == 0 then types = { language.file_type } end
  return types, unknown
end

local function add_names(type, suffixes)
  if #suffixes == 0 then return end
  if not knows_types then
    local patterns = {}
    for _, suffix in ipairs(suffixes) do
      table.insert(patterns, "*." .. suffix)
      table.insert(patterns, suffix)
    end
    vim.cmd(("autocmd filetypedetect BufRead,BufNewFile %s if &filetype == '' | setfiletype %s | endif"):format(
      vim.fn.escape(table.concat(patterns, ","), " |"), type))
    return
  end
  local added = { extension = {}, filename = {}, pattern = {} }
  for _, suffix in ipairs(suffixes) do
    added.filename[suffix] = type
    if suffix:find("[./]") then
      added.pattern[name_pattern(suffix)] = type
    else
      added.extension[suffix] = type
    end
  end
  vim.filetype.add(added)
end

local function add_comments(type, language)
  local sign = language.line_comments and language.line_comments[1]
  if not sign then return end
  vim.api.nvim_create_autocmd("FileType", {
    pattern = type,
    callback = function()
      local before = vim.bo.commentstring
      if before == "" or before == "/*%s*/" then vim.bo.commentstring = sign:gsub("%%", "%%%%") .. "%s" end
    end,
  })
end

-- Whether a client of the user's own is the same server.
local function is_same(client, server)
  local cmd = client.config and client.config.cmd
  if vim.startswith(client.name, "annexe-") then return false end
  if client.name:gsub("_", "-") == server.id then return true end
  if type(cmd) ~= "table" then return false end
  local program = vim.fn.fnamemodify(cmd[1], ":t:r")
  if program == "annexe" then return vim.tbl_contains(cmd, server.id) end
  return vim.startswith(program, server.id) or vim.endswith(program, server.id)
end

local told = {}
local function is_doubled(buffer, server)
  local clients
  if vim.lsp.get_clients then
    -- Those that are starting, too.
    clients = vim.lsp.get_clients({ bufnr = buffer, _uninitialized = true })
  else
    clients = vim.lsp.buf_get_clients(buffer)
  end
  for _, client in pairs(clients) do
    if is_same(client, server) then
      if not told[server.id] then
        tell(("`%s` runs already, as `%s`"):format(server.id, client.name), vim.log.levels.INFO)
      end
      told[server.id] = true
      return true
    end
  end
  return false
end

local clients = {}
local function attach(buffer, server)
  if not vim.api.nvim_buf_is_loaded(buffer) or vim.bo[buffer].buftype ~= "" or is_doubled(buffer, server) then return end
  local config = {
    name = server.name,
    cmd = server.cmd,
    root_dir = root_of(buffer),
    get_language_id = server.get_language_id,
  }
  if vim.lsp.start then
    vim.api.nvim_buf_call(buffer, function() vim.lsp.start(config) end)
    return
  end
  local key = server.name .. "\n" .. (config.root_dir or "")
  if not clients[key] or vim.lsp.client_is_stopped(clients[key]) then
    config.get_language_id = server.get_language_id
    clients[key] = vim.lsp.start_client(config)
  end
  if clients[key] then vim.lsp.buf_attach_client(buffer, clients[key]) end
end

local function buffers_of(server)
  return vim.tbl_filter(function(buffer)
    return vim.api.nvim_buf_is_loaded(buffer) and vim.tbl_contains(server.types, vim.bo[buffer].filetype)
  end, vim.api.nvim_list_bufs())
end

-- Starts a server for files of its types, those that are open among them.
local function enable(server)
  if vim.lsp.config and vim.lsp.enable then
    vim.lsp.config(server.name, {
      cmd = server.cmd,
      filetypes = server.types,
      get_language_id = server.get_language_id,
      root_dir = function(buffer, start)
        -- After the servers that the user has configured.
        vim.schedule(function()
          if vim.api.nvim_buf_is_loaded(buffer) and not is_doubled(buffer, server) then start(root_of(buffer)) end
        end)
      end,
    })
    vim.lsp.enable(server.name)
    -- Neovim does this itself, but for what was opened before it has started.
    if vim.v.vim_did_enter == 0 then
      for _, buffer in ipairs(buffers_of(server)) do
        local config = vim.deepcopy(vim.lsp.config[server.name])
        config.root_dir(buffer, function(root)
          config.root_dir = root
          vim.lsp.start(config, { bufnr = buffer })
        end)
      end
    end
    return
  end
  vim.api.nvim_create_autocmd("FileType", {
    pattern = server.types,
    callback = function(event)
      local buffer = event.buf
      vim.schedule(function() attach(buffer, server) end)
    end,
  })
  for _, buffer in ipairs(buffers_of(server)) do attach(buffer, server) end
end

-- Neovim looks for files of a client's name as a pattern, which a shell expands where it has quotes or braces.
local names = {}
local function name_of(id)
  local name = "annexe-" .. id:gsub("[^%w_.+-]", "-")
  while names[name] do name = name .. "-" end
  names[name] = true
  return name
end

local function add_server(servers, order, server, language, types)
  local known = servers[server.id]
  if not known then
    local ids = {}
    local cmd = vim.deepcopy(data.command)
    vim.list_extend(cmd, { "lsp", server.id, "--extension", server.extension })
    known = {
      id = server.id,
      extension = server.extension,
      name = name_of(server.id),
      cmd = cmd,
      types = {},
      ids = ids,
      get_language_id = function(_, type) return ids[type] or type end,
    }
    servers[server.id] = known
    table.insert(order, known)
  end
  if known.extension ~= server.extension then return end
  for _, type in ipairs(types) do
    if not vim.tbl_contains(known.types, type) then table.insert(known.types, type) end
    -- Neovim's own types for React are ids of their own.
    if not type:find("react$") then known.ids[type] = known.ids[type] or server.language_id end
  end
end

local function use(languages)
  local taken, servers, order = {}, {}, {}
  for _, types in pairs(data.file_types) do
    for _, type in ipairs(types) do taken[type] = true end
  end
  for _, language in ipairs(vim.tbl_filter(is_wanted_language, languages)) do
    local types, unknown = file_types(language, taken)
    add_names(types[1], unknown)
    if #unknown > 0 then add_comments(types[1], language) end
    for _, server in ipairs(language.servers) do
      if is_wanted(server) then add_server(servers, order, server, language, types) end
    end
  end
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local is_plain = vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].buftype == ""
    if is_plain and vim.bo[buffer].filetype == "" and vim.api.nvim_buf_get_name(buffer) ~= "" then
      vim.api.nvim_buf_call(buffer, function() vim.cmd("silent! filetype detect") end)
    end
  end
  for _, server in ipairs(order) do enable(server) end
end

if vim.fn.executable(data.command[1]) == 0 then
  tell(("`%s` is not a program; write this file again with `annexe editor neovim --write`"):format(data.command[1]),
    vim.log.levels.WARN)
  return
end

local output, complaint = "", ""
local command = vim.deepcopy(data.command)
-- This is for all projects: what one of them has disabled, the bridge itself leaves out.
vim.list_extend(command, { "languages", "--json", "--no-project" })
vim.fn.jobstart(command, {
  stdout_buffered = true,
  stderr_buffered = true,
  on_stdout = function(_, lines)
    output = table.concat(lines, "\n")
    local ok, languages = pcall(vim.fn.json_decode, output)
    if ok and type(languages) == "table" then use(languages) end
  end,
  on_stderr = function(_, lines) complaint = table.concat(lines, "\n") end,
  on_exit = function(_, code)
    if code ~= 0 then
      vim.schedule(function() tell(complaint, vim.log.levels.WARN) end)
    end
  end,
})
