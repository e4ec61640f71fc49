; What is marked how.
(comment) @comment
(string) @string
((identifier) @constant
  (#match? @constant "^[A-Z][A-Z\\d_]+$"))
(call
  function: (identifier) @function
  arguments: (_)? @_arguments
  (#not-eq? @function "self"))
["if" "else" "end"] @keyword
(list . (item)* @item (#set! "priority" 105))
