-- Waits for a diagnostic, a hover and a completion with the three texts of $WANTED, says what there is in $SAID, and
-- leaves where it is to.
local wanted = vim.split(vim.env.WANTED, "\n")
local said = {}
local function say(text) table.insert(said, text) end
vim.wait(100000, function()
  for _, found in ipairs(vim.diagnostic.get(0)) do
    if found.message:find(wanted[1], 1, true) then return true end
  end
end, 20)
for _, found in ipairs(vim.diagnostic.get(0)) do say("diagnostic " .. found.message) end
local document = vim.lsp.util.make_text_document_params()
-- A server may have shown the diagnostic before it has read a schema.
local function ask(method, line, character, text)
  local answer
  for _ = 1, 100 do
    answer = vim.fn.json_encode(vim.lsp.buf_request_sync(0, method,
      { textDocument = document, position = { line = line, character = character } }, 10000) or {})
    if answer:find(text, 1, true) then break end
    vim.wait(100, function() return false end)
  end
  say(method .. " " .. answer)
end
ask("textDocument/hover", 0, 1, wanted[2])
ask("textDocument/completion", 2, 0, wanted[3])
say(vim.fn.execute("messages"))
vim.fn.writefile(vim.split(table.concat(said, "\n"), "\n"), vim.env.SAID .. ".new")
vim.fn.rename(vim.env.SAID .. ".new", vim.env.SAID)
if vim.env.QUIT == "1" then vim.cmd("qa!") end
