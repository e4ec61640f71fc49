-- Opens each file of $FILES, waits for a diagnostic in it, says which there are and which servers run where in $SAID,
-- and leaves.
local said = {}
for _, file in ipairs(vim.split(vim.env.FILES, "\n")) do
  -- Neovim asks for the diagnostics of what is shown alone.
  vim.cmd("edit " .. file)
  local buffer = vim.api.nvim_get_current_buf()
  vim.wait(60000, function() return #vim.diagnostic.get(buffer) > 0 end, 20)
  for _, found in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(said, vim.api.nvim_buf_get_name(buffer) .. ": " .. found.message)
  end
end
local clients = (vim.lsp.get_clients or vim.lsp.get_active_clients)()
for _, client in ipairs(clients) do table.insert(said, ("%s in %s"):format(client.name, client.config.root_dir)) end
table.insert(said, vim.fn.execute("messages"))
vim.fn.writefile(vim.split(table.concat(said, "\n"), "\n"), vim.env.SAID .. ".new")
vim.fn.rename(vim.env.SAID .. ".new", vim.env.SAID)
vim.cmd("qa!")
