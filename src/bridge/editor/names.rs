//! The names that editors have for the languages that Zed's users and extensions know by Zed's names.

/// A language of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    /// The name in Zed.
    pub zed: &'static str,
    /// The file types of Neovim and Vim.
    pub vim: &'static [&'static str],
    /// The major modes of Emacs.
    pub emacs: &'static [&'static str],
    /// The languages of Helix.
    pub helix: &'static [&'static str],
    /// The file types of Kakoune.
    pub kakoune: &'static [&'static str],
}

/// Returns the names of a language, if the table has it.
pub(super) fn names(zed: &str) -> Option<&'static Names> {
    TABLE.iter().find(|names| names.zed == zed)
}

/// Writes the table: the name in Zed, then those of Vim, of Emacs, of Helix and of Kakoune.
macro_rules! table {
    ($($zed:literal [$($vim:literal)*] [$($emacs:literal)*] [$($helix:literal)*] [$($kakoune:literal)*];)*) => {
        /// All rows.
        pub(super) const TABLE: &[Names] = &[$(Names {
            zed: $zed,
            vim: &[$($vim),*],
            emacs: &[$($emacs),*],
            helix: &[$($helix),*],
            kakoune: &[$($kakoune),*],
        }),*];
    };
}

table! {
    "Astro" ["astro"] ["astro-ts-mode"] ["astro"] [];
    "C" ["c"] ["c-mode" "c-ts-mode"] ["c"] ["c"];
    "C#" ["cs"] ["csharp-mode" "csharp-ts-mode"] ["c-sharp"] [];
    "C++" ["cpp"] ["c++-mode" "c++-ts-mode"] ["cpp"] ["cpp"];
    "CMake" ["cmake"] ["cmake-mode" "cmake-ts-mode"] ["cmake"] ["cmake"];
    "CSS" ["css"] ["css-mode" "css-ts-mode"] ["css"] ["css"];
    "Clojure" ["clojure"] ["clojure-mode" "clojure-ts-mode"] ["clojure"] ["clojure"];
    "Dart" ["dart"] ["dart-mode" "dart-ts-mode"] ["dart"] ["dart"];
    "Dockerfile" ["dockerfile"] ["dockerfile-mode" "dockerfile-ts-mode"] ["dockerfile"] ["dockerfile"];
    "Elixir" ["elixir"] ["elixir-mode" "elixir-ts-mode"] ["elixir"] ["elixir"];
    "Elm" ["elm"] ["elm-mode"] ["elm"] ["elm"];
    "Erlang" ["erlang"] ["erlang-mode" "erlang-ts-mode"] ["erlang"] ["erlang"];
    "F#" ["fsharp"] ["fsharp-mode"] ["fsharp"] ["fsharp"];
    "Fish" ["fish"] ["fish-mode"] ["fish"] ["fish"];
    "Gleam" ["gleam"] ["gleam-ts-mode"] ["gleam"] ["gleam"];
    "Go" ["go"] ["go-mode" "go-ts-mode"] ["go"] ["go"];
    "Go Mod" ["gomod"] ["go-dot-mod-mode" "go-mod-ts-mode"] ["gomod"] [];
    "GraphQL" ["graphql"] ["graphql-mode" "graphql-ts-mode"] ["graphql"] ["graphql"];
    "Groovy" ["groovy"] ["groovy-mode"] ["groovy"] [];
    "HCL" ["hcl"] ["hcl-mode"] ["hcl"] ["hcl"];
    "HEEX" ["heex"] ["heex-ts-mode"] ["heex"] [];
    "HTML" ["html"] ["html-mode" "mhtml-mode" "html-ts-mode" "web-mode"] ["html"] ["html"];
    "Haskell" ["haskell"] ["haskell-mode" "haskell-ts-mode"] ["haskell"] ["haskell"];
    "JSON" ["json"] ["json-mode" "js-json-mode" "json-ts-mode"] ["json"] ["json"];
    "JSONC" ["jsonc"] ["jsonc-mode"] ["jsonc"] [];
    "Java" ["java"] ["java-mode" "java-ts-mode"] ["java"] ["java"];
    "JavaScript" ["javascript" "javascriptreact"] ["js-mode" "js2-mode" "js-ts-mode"] ["javascript" "jsx"] ["javascript"];
    "Julia" ["julia"] ["julia-mode" "julia-ts-mode"] ["julia"] ["julia"];
    "Just" ["just"] ["just-mode" "just-ts-mode"] ["just"] ["just"];
    "Kotlin" ["kotlin"] ["kotlin-mode" "kotlin-ts-mode"] ["kotlin"] ["kotlin"];
    "LESS" ["less"] ["less-css-mode"] [] ["less"];
    "LaTeX" ["tex" "plaintex"] ["latex-mode" "LaTeX-mode"] ["latex"] ["latex"];
    "Less" ["less"] ["less-css-mode"] [] ["less"];
    "Lua" ["lua"] ["lua-mode" "lua-ts-mode"] ["lua"] ["lua"];
    "Make" ["make"] ["makefile-mode" "makefile-gmake-mode" "makefile-bsdmake-mode"] ["make"] ["makefile"];
    "Markdown" ["markdown"] ["markdown-mode" "gfm-mode" "markdown-ts-mode"] ["markdown"] ["markdown"];
    "Nim" ["nim"] ["nim-mode"] ["nim"] ["nim"];
    "Nix" ["nix"] ["nix-mode" "nix-ts-mode"] ["nix"] ["nix"];
    "OCaml" ["ocaml"] ["tuareg-mode" "caml-mode" "neocaml-mode"] ["ocaml"] ["ocaml"];
    "PHP" ["php"] ["php-mode" "php-ts-mode"] ["php"] ["php"];
    "Perl" ["perl"] ["perl-mode" "cperl-mode"] ["perl"] ["perl"];
    "Plain Text" ["text"] ["text-mode"] ["text"] [];
    "PowerShell" ["ps1"] ["powershell-mode"] ["powershell"] [];
    "Prisma" ["prisma"] ["prisma-mode" "prisma-ts-mode"] ["prisma"] [];
    "Proto" ["proto"] ["protobuf-mode" "protobuf-ts-mode"] ["protobuf"] ["protobuf"];
    "PureScript" ["purescript"] ["purescript-mode"] ["purescript"] ["purescript"];
    "Python" ["python"] ["python-mode" "python-ts-mode"] ["python"] ["python"];
    "R" ["r"] ["ess-r-mode" "R-mode"] ["r"] ["r"];
    "Ruby" ["ruby"] ["ruby-mode" "ruby-ts-mode" "enh-ruby-mode"] ["ruby"] ["ruby"];
    "Rust" ["rust"] ["rust-mode" "rust-ts-mode" "rustic-mode"] ["rust"] ["rust"];
    "SCSS" ["scss"] ["scss-mode"] ["scss"] ["scss"];
    "SQL" ["sql"] ["sql-mode"] ["sql"] ["sql"];
    "Scala" ["scala"] ["scala-mode" "scala-ts-mode"] ["scala"] ["scala"];
    "Shell Script" ["sh" "bash"] ["sh-mode" "bash-ts-mode"] ["bash"] ["sh"];
    "Svelte" ["svelte"] ["svelte-mode" "svelte-ts-mode"] ["svelte"] ["svelte"];
    "Swift" ["swift"] ["swift-mode" "swift-ts-mode"] ["swift"] ["swift"];
    "TOML" ["toml"] ["conf-toml-mode" "toml-mode" "toml-ts-mode"] ["toml"] ["toml"];
    "TSX" ["typescriptreact"] ["tsx-ts-mode"] ["tsx"] ["typescript"];
    "Terraform" ["terraform"] ["terraform-mode"] ["hcl" "tfvars"] [];
    "TypeScript" ["typescript"] ["typescript-mode" "typescript-ts-mode"] ["typescript"] ["typescript"];
    "Typst" ["typst"] ["typst-ts-mode"] ["typst"] ["typst"];
    "Vue" ["vue"] ["vue-mode" "vue-ts-mode" "web-mode"] ["vue"] ["vue"];
    "Vue.js" ["vue"] ["vue-mode" "vue-ts-mode" "web-mode"] ["vue"] ["vue"];
    "XML" ["xml"] ["nxml-mode" "xml-mode"] ["xml"] ["xml"];
    "YAML" ["yaml"] ["yaml-mode" "yaml-ts-mode"] ["yaml"] ["yaml"];
    "Zig" ["zig"] ["zig-mode" "zig-ts-mode"] ["zig"] ["zig"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_stands_there_once_in_the_order_of_names() {
        for rows in TABLE.windows(2) {
            assert!(rows[0].zed < rows[1].zed, "{}", rows[1].zed);
        }
    }

    #[test]
    fn what_zed_calls_otherwise_is_known_by_the_editors_names() {
        let shell = names("Shell Script").unwrap();
        assert_eq!(shell.vim, ["sh", "bash"]);
        assert_eq!(shell.helix, ["bash"]);
        assert!(names("Klingon").is_none());
    }
}
