//! The table of languages that Zed's users know by name, and that extensions name without bringing them: for each its
//! id in the Language Server Protocol, and how its files are usually known.
//!
//! Ids are those that the protocol lists, or, for other languages, those that their servers expect. An extension that
//! brings a language of its own says by itself how its files are known.

/// A language of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// The name in Zed.
    pub(super) name: &'static str,
    /// The id in the protocol.
    pub(super) id: &'static str,
    /// Whole names of its files, and what stands after a dot in them.
    pub(super) path_suffixes: &'static [&'static str],
    /// A regular expression for the first line.
    pub(super) first_line_pattern: Option<&'static str>,
}

/// Returns the id of a language in the protocol, if the table has it.
pub(super) fn id_of(name: &str) -> Option<&'static str> {
    let row = TABLE.iter().find(|row| row.name == name)?;
    Some(row.id)
}

/// Writes the table: name, id, suffixes, and the pattern of the first line where there is one.
macro_rules! table {
    ($($name:literal $id:literal [$($suffix:literal)*] $($pattern:literal)?;)*) => {
        /// All rows. Of two with one suffix, the first has its files.
        pub(super) const TABLE: &[Row] = &[$(Row {
            name: $name,
            id: $id,
            path_suffixes: &[$($suffix),*],
            first_line_pattern: pattern!($($pattern)?),
        }),*];
    };
}

macro_rules! pattern {
    () => {
        None
    };
    ($pattern:literal) => {
        Some($pattern)
    };
}

table! {
    // What Zed has built in.
    "C" "c" ["c"];
    "C++" "cpp" ["cpp" "cc" "cxx" "c++" "C" "h" "hpp" "hh" "hxx" "h++" "H" "ipp" "inl" "ino" "ixx" "cppm"];
    "CSS" "css" ["css" "postcss" "pcss"];
    "Diff" "diff" ["diff" "patch"];
    "Git Commit" "git-commit" ["COMMIT_EDITMSG" "MERGE_MSG" "TAG_EDITMSG" "NOTES_EDITMSG" "EDIT_DESCRIPTION"];
    "Go" "go" ["go"];
    "Go Mod" "go.mod" ["go.mod"];
    "Go Sum" "go.sum" ["go.sum" "go.work.sum"];
    "Go Work" "go.work" ["go.work"];
    "JavaScript" "javascript" ["js" "jsx" "mjs" "cjs" "es6"] r"^#!.*\b(?:node|nodejs)\b";
    "JSONC" "jsonc" ["jsonc" "code-workspace" "tsconfig.json" "jsconfig.json" "devcontainer.json" "babelrc" "eslintrc.json" "swcrc"];
    "JSON" "json" ["json" "geojson" "topojson" "webmanifest" "flake.lock" "composer.lock" "jscsrc" "prettierrc" "stylelintrc"];
    "Markdown" "markdown" ["md" "markdown" "mdown" "mkd" "mdwn" "mdc"];
    "Plain Text" "plaintext" ["txt"];
    "Python" "python" ["py" "pyi" "pyw" "mpy" "SConstruct" "SConscript"] r"^#!.*(?:\bpython[0-9.]*\b|\buv run\b)";
    "Regex" "regex" ["regex"];
    "Rust" "rust" ["rs"] r"^#!.*\b(?:rust-script|cargo)\b";
    "Shell Script" "shellscript" ["sh" "bash" "zsh" "ksh" "bats" "ebuild" "bashrc" "bash_profile" "bash_aliases" "bash_login" "bash_logout" "bash_history" "profile" "zshrc" "zshenv" "zprofile" "zlogin" "zlogout" "kshrc" "PKGBUILD" "APKBUILD" "envrc"] r"^#!.*\b(?:ash|bash|bats|dash|ksh|mksh|sh|zsh)\b";
    "TSX" "typescriptreact" ["tsx"];
    "TypeScript" "typescript" ["ts" "mts" "cts"] r"^#!.*\b(?:bun|deno|ts-node|tsx)\b";
    "YAML" "yaml" ["yaml" "yml" "clang-format" "clang-tidy" "clangd" "pixi.lock"] r"^%YAML\b";
    // What its extensions bring, or name.
    "Ada" "ada" ["adb" "ads" "ada"];
    "Asciidoc" "asciidoc" ["adoc" "asciidoc"];
    "Assembly" "asm" ["asm" "s" "S" "nasm"];
    "Astro" "astro" ["astro"];
    "AWK" "awk" ["awk" "gawk"] r"^#!.*\b[gmn]?awk\b";
    "Batch" "bat" ["bat" "cmd"];
    "BibTeX" "bibtex" ["bib"];
    "Bicep" "bicep" ["bicep" "bicepparam"];
    "Blade" "blade" ["blade.php"];
    "C#" "csharp" ["cs" "csx" "cake"];
    "Clojure" "clojure" ["clj" "cljs" "cljc" "cljd" "edn" "bb"] r"^#!.*\b(?:bb|clojure)\b";
    "CMake" "cmake" ["CMakeLists.txt" "cmake"];
    "CoffeeScript" "coffeescript" ["coffee" "cson" "Cakefile"];
    "Common Lisp" "lisp" ["lisp" "lsp" "asd" "cl"];
    "Crystal" "crystal" ["cr"] r"^#!.*\bcrystal\b";
    "CSV" "csv" ["csv"];
    "CUDA" "cuda-cpp" ["cu" "cuh"];
    "Cue" "cue" ["cue"];
    "D" "d" ["d" "di"] r"^#!.*\b(?:rdmd|dub)\b";
    "Dart" "dart" ["dart"] r"^#!.*\bdart\b";
    "Docker Compose" "dockercompose" ["docker-compose.yml" "docker-compose.yaml" "compose.yml" "compose.yaml"];
    "Dockerfile" "dockerfile" ["Dockerfile" "dockerfile" "Containerfile" "containerfile"];
    "Dotenv" "dotenv" ["env" "env.local" "env.example"];
    "EditorConfig" "editorconfig" ["editorconfig"];
    "EEx" "eex" ["eex"];
    "Elixir" "elixir" ["ex" "exs"] r"^#!.*\belixir\b";
    "Elm" "elm" ["elm"];
    "Emacs Lisp" "elisp" ["el"];
    "ERB" "erb" ["erb"];
    "Erlang" "erlang" ["erl" "hrl" "escript" "rebar.config"] r"^#!.*\bescript\b";
    "F#" "fsharp" ["fs" "fsi" "fsx" "fsscript"];
    "Fish" "fish" ["fish"] r"^#!.*\bfish\b";
    "Fortran" "fortran" ["f" "for" "f90" "f95" "f03" "f08"];
    "GDScript" "gdscript" ["gd"];
    "Git Attributes" "gitattributes" ["gitattributes"];
    "Git Config" "gitconfig" ["gitconfig" "gitmodules"];
    "Git Ignore" "gitignore" ["gitignore" "dockerignore" "npmignore"];
    "Git Rebase" "git-rebase" ["git-rebase-todo"];
    "Gleam" "gleam" ["gleam"];
    "GLSL" "glsl" ["glsl" "vert" "frag" "geom" "comp" "tesc" "tese"];
    "GraphQL" "graphql" ["graphql" "gql" "graphqls"];
    "Groovy" "groovy" ["groovy" "gradle" "gvy" "Jenkinsfile"] r"^#!.*\bgroovy\b";
    "Handlebars" "handlebars" ["hbs" "handlebars"];
    "Haskell" "haskell" ["hs" "lhs" "hsc"] r"^#!.*\b(?:runhaskell|runghc|stack)\b";
    "Haxe" "haxe" ["hx"];
    "HCL" "hcl" ["hcl" "nomad"];
    "HEEX" "phoenix-heex" ["heex" "html.heex"];
    "Helm" "helm" ["tpl"];
    "HLSL" "hlsl" ["hlsl" "fx" "fxh"];
    "HTML" "html" ["html" "htm" "shtml" "xhtml"] r"^(?i:<!doctype\s+html)";
    "HTML+ERB" "erb" ["html.erb"];
    "INI" "ini" ["ini" "cfg"];
    "Java" "java" ["java"];
    "Jinja2" "jinja" ["jinja" "jinja2" "j2"];
    "Julia" "julia" ["jl"] r"^#!.*\bjulia\b";
    "Just" "just" ["just" "justfile" "Justfile"] r"^#!.*\bjust\b";
    "Kotlin" "kotlin" ["kt" "kts"];
    "LaTeX" "latex" ["tex" "sty" "cls" "ltx" "dtx"];
    "Less" "less" ["less"];
    "Liquid" "liquid" ["liquid"];
    "Log" "log" ["log"];
    "Lua" "lua" ["lua" "rockspec" "luacheckrc"] r"^#!.*\blua(?:jit)?[0-9.]*\b";
    "Luau" "luau" ["luau"];
    "Make" "makefile" ["mk" "Makefile" "makefile" "GNUmakefile"] r"^#!.*\bmake\b";
    "MDX" "mdx" ["mdx"];
    "Mermaid" "mermaid" ["mmd" "mermaid"];
    "Meson" "meson" ["meson.build" "meson_options.txt" "meson.options"];
    "Nickel" "nickel" ["ncl"];
    "Nim" "nim" ["nim" "nims" "nimble"] r"^#!.*\bnim\b";
    "Nix" "nix" ["nix"];
    "Nu" "nushell" ["nu"] r"^#!.*\bnu\b";
    "Objective-C" "objective-c" ["m"];
    "Objective-C++" "objective-cpp" ["mm"];
    "OCaml" "ocaml" ["ml" "mlt"] r"^#!.*\bocaml\b";
    "OCaml Interface" "ocaml.interface" ["mli"];
    "Odin" "odin" ["odin"];
    "Pascal" "pascal" ["pas" "pp" "lpr" "dpr"];
    "Perl" "perl" ["pl" "pm" "t" "psgi" "cpanfile"] r"^#!.*\bperl\b";
    "PHP" "php" ["php" "phtml"] r"^(?:#!.*\bphp[0-9.]*\b|<\?php)";
    "PowerShell" "powershell" ["ps1" "psm1" "psd1"] r"^#!.*\b(?:pwsh|powershell)\b";
    "Prisma" "prisma" ["prisma"];
    "Properties" "properties" ["properties"];
    "Proto" "proto" ["proto"];
    "Pug" "jade" ["pug" "jade"];
    "Puppet" "puppet" ["epp"];
    "PureScript" "purescript" ["purs"];
    "QML" "qml" ["qml"];
    "R" "r" ["r" "R" "Rprofile"] r"^#!.*\bRscript\b";
    "Racket" "racket" ["rkt"] r"^#!.*\bracket\b";
    "RBS" "rbs" ["rbs"];
    "Rego" "rego" ["rego"];
    "ReScript" "rescript" ["res" "resi"];
    "reST" "restructuredtext" ["rst" "rest"];
    "Roc" "roc" ["roc"];
    "Ruby" "ruby" ["rb" "rake" "gemspec" "ru" "Gemfile" "Rakefile" "Guardfile" "Vagrantfile" "Brewfile" "Podfile" "Fastfile"] r"^#!.*\bruby\b";
    "Sass" "sass" ["sass"];
    "Scala" "scala" ["scala" "sbt" "sc" "mill"] r"^#!.*\bscala(?:-cli)?\b";
    "Scheme" "scheme" ["scm" "ss" "sld"];
    "SCSS" "scss" ["scss"];
    "Slint" "slint" ["slint"];
    "Solidity" "solidity" ["sol"];
    "SQL" "sql" ["sql" "ddl" "dml"];
    "Starlark" "starlark" ["bzl" "bazel" "star" "BUILD" "WORKSPACE" "Tiltfile"];
    "Svelte" "svelte" ["svelte"];
    "Swift" "swift" ["swift"] r"^#!.*\bswift\b";
    "SystemVerilog" "systemverilog" ["sv" "svh"];
    "Tcl" "tcl" ["tcl" "tm"] r"^#!.*\b(?:tclsh|wish)[0-9.]*\b";
    "Templ" "templ" ["templ"];
    "Terraform" "terraform" ["tf" "tofu"];
    "Terraform Vars" "terraform-vars" ["tfvars"];
    "Thrift" "thrift" ["thrift"];
    "TOML" "toml" ["toml" "Cargo.lock" "poetry.lock" "uv.lock" "Pipfile" "pdm.lock"];
    "Twig" "twig" ["twig"];
    "Typst" "typst" ["typ"];
    "Uiua" "uiua" ["ua"];
    "V" "v" ["v" "vsh" "vv"];
    "Vala" "vala" ["vala" "vapi"];
    "Verilog" "verilog" ["vh" "vlg"];
    "VHDL" "vhdl" ["vhd" "vhdl"];
    "Vim Script" "vim" ["vim" "vimrc" "gvimrc" "exrc"];
    "Vue" "vue" ["vue"];
    "Vue.js" "vue" [];
    "WGSL" "wgsl" ["wgsl"];
    "WIT" "wit" ["wit"];
    "XML" "xml" ["xml" "xsd" "xsl" "xslt" "svg" "rss" "csproj" "fsproj" "vbproj" "props" "targets" "plist" "xaml" "wsdl" "pom"] r"^<\?xml\b";
    "Zig" "zig" ["zig" "zon"];
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_can_be_used() {
        let mut names = BTreeSet::new();
        let mut suffixes = BTreeSet::new();
        for row in TABLE {
            assert!(names.insert(row.name), "{} is there twice", row.name);
            assert!(!row.id.contains(' ') && row.id == row.id.to_lowercase());
            for suffix in row.path_suffixes {
                assert!(suffixes.insert(suffix), "{}: `{suffix}`", row.name);
            }
            if let Some(pattern) = row.first_line_pattern {
                assert!(regex::Regex::new(pattern).is_ok(), "{pattern}");
            }
        }
    }

    #[test]
    fn ids_are_those_that_servers_know() {
        for (name, id) in [
            ("Shell Script", "shellscript"),
            ("C++", "cpp"),
            ("C#", "csharp"),
            ("TSX", "typescriptreact"),
            ("HEEX", "phoenix-heex"),
            ("Plain Text", "plaintext"),
            ("Vue.js", "vue"),
            ("YAML", "yaml"),
        ] {
            assert_eq!(id_of(name), Some(id));
        }
        assert_eq!(id_of("Nothing"), None);
    }
}
