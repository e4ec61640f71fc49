//! The environment variables that change which code a program runs.
//!
//! Each line is what the documentation of a loader, interpreter or tool says of its own variables; the heading names
//! it. What only says how a program behaves, where it writes or whom it talks to is not here.

/// What a variable decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hook {
    /// Which code the system, an interpreter or a tool loads or starts.
    Code,
    /// Where a tool keeps packages and projects of its own: published extensions set it for what they install.
    Packages,
}

/// What a variable decides; `None` where it changes no code.
pub(super) fn hook(name: &str) -> Option<Hook> {
    let is_listed = |table: &[&str]| table.iter().any(|pattern| is_match(pattern, name));
    if is_listed(HARMLESS) {
        return None;
    }
    // A tool's folder of packages may begin as its other variables do.
    match (is_listed(PACKAGES), is_listed(CODE)) {
        (true, _) => Some(Hook::Packages),
        (false, true) => Some(Hook::Code),
        (false, false) => None,
    }
}

/// Names are compared as the system does. npm takes its own in any case.
fn is_match(pattern: &str, name: &str) -> bool {
    let has_no_case = cfg!(windows) || pattern == NPM_CONFIG;
    let is_same = |one: &str, other: &str| match has_no_case {
        true => one.eq_ignore_ascii_case(other),
        false => one == other,
    };
    match pattern.strip_suffix('*') {
        Some(beginning) => name
            .get(..beginning.len())
            .is_some_and(|own| is_same(own, beginning)),
        None => is_same(pattern, name),
    }
}

const NPM_CONFIG: &str = "npm_config_*";

/// Variables that begin as others below, and change no code.
const HARMLESS: &[&str] = &[
    // git(1), "Environment Variables"
    "GIT_AUTHOR_*",
    "GIT_CEILING_DIRECTORIES",
    "GIT_COMMITTER_*",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_LITERAL_PATHSPECS",
    "GIT_MERGE_AUTOEDIT",
    "GIT_NO_LAZY_FETCH",
    "GIT_OPTIONAL_LOCKS",
    "GIT_PROGRESS_DELAY",
    "GIT_TERMINAL_PROMPT",
    // The Cargo Book, "Environment Variables": how much is shown
    "CARGO_TERM_*",
    // python(1): how it reads and writes
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONIOENCODING",
    "PYTHONUNBUFFERED",
    "PYTHONUTF8",
    // learn.microsoft.com, ".NET environment variables"
    "DOTNET_CLI_TELEMETRY_OPTOUT",
    "DOTNET_CLI_UI_LANGUAGE",
    "DOTNET_NOLOGO",
    "DOTNET_SKIP_FIRST_TIME_EXPERIENCE",
];

const CODE: &[&str] = &[
    // Which file a name is: execvp(3), CreateProcess
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "SYSTEMROOT",
    // ld.so(8), gconv and getconf of glibc, dyld(1), ldd's and musl's `LD_*`
    "LD_*",
    "DYLD_*",
    "GLIBC_TUNABLES",
    "GCONV_PATH",
    "GETCONF_DIR",
    "LOCPATH",
    "LIBPATH",
    "SHLIB_PATH",
    // Where programs look for their configuration, plugins and start files: environ(7), the XDG Base Directory
    // Specification, Windows' known folders
    "HOME",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_HOME",
    "XDG_DATA_DIRS",
    // Programs that others start: environ(7), less(1), xdg-open(1), sudo(8), ssh(1)
    "SHELL",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "MANPAGER",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "SSH_ASKPASS*",
    "SUDO_ASKPASS",
    // sh(1), bash(1), zsh(1), fish(1), ksh(1), PowerShell
    "ENV",
    "BASH_ENV",
    "BASH_FUNC_*",
    "BASH_LOADABLES_PATH",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "PROMPT_COMMAND",
    "IFS",
    "CDPATH",
    "FPATH",
    "ZDOTDIR",
    "__fish_*",
    "fish_*",
    "PSModulePath",
    // node(1), Electron, npm's config(7), Yarn, pnpm, Corepack, Deno, Bun, ts-node, esbuild
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_REPL_EXTERNAL_MODULE",
    "NODE_ICU_DATA",
    "ELECTRON_RUN_AS_NODE",
    NPM_CONFIG,
    "YARN_*",
    "PNPM_*",
    "COREPACK_*",
    "DENO_*",
    "BUN_*",
    "TS_NODE_*",
    "ESBUILD_BINARY_PATH",
    // python(1), pip, uv, virtualenv, Poetry
    "PYTHON*",
    "__PYVENV_LAUNCHER__",
    "PIP_*",
    "UV_*",
    "VIRTUALENV_*",
    "POETRY_*",
    "CONDA_*",
    // perlrun(1), ruby(1), RubyGems, Bundler, php(1), Composer, lua(1), LuaRocks, tclsh(1), R's Startup
    "PERL5*",
    "PERLLIB",
    "PERLIO*",
    "PERL_*",
    "RUBYOPT",
    "RUBYLIB",
    "RUBYSHELL",
    "GEMRC",
    "BUNDLE_*",
    "BUNDLER_*",
    "PHPRC",
    "PHP_*",
    "COMPOSER_*",
    "LUA_*",
    "LUAROCKS_*",
    "TCLLIBPATH",
    "TCL_*",
    "R_*",
    "JULIA_*",
    // java(1), Maven, Gradle, Ant, sbt, Scala, Kotlin, Clojure, Leiningen
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "JDK_JAVAC_OPTIONS",
    "_JAVA_OPTIONS",
    "JAVA_OPTS",
    "JAVA_HOME",
    "CLASSPATH",
    "MAVEN_*",
    "MVN_*",
    "M2_HOME",
    "GRADLE_*",
    "ANT_*",
    "SBT_OPTS",
    "SCALA_*",
    "KOTLIN_*",
    "JVM_OPTS",
    "LEIN_*",
    "CLJ_CONFIG",
    // .NET: learn.microsoft.com, ".NET environment variables", "Runtime configuration: profiling"
    "DOTNET_*",
    "CORECLR_*",
    "COR_*",
    "COMPlus_*",
    "MSBUILD*",
    "NUGET_*",
    // git(1), ssh(1), hg(1), svn
    "GIT_*",
    "SVN_*",
    "HG*",
    // The Cargo Book and The rustup Book, "Environment Variables"; rustc(1)
    "CARGO",
    "CARGO_*",
    "RUSTC",
    "RUSTC_*",
    "RUSTDOC",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "RUSTFMT",
    "RUSTUP_*",
    // `go help environment`
    "GOENV",
    "GOEXPERIMENT",
    "GOFLAGS",
    "GOPROXY",
    "GOPRIVATE",
    "GOINSECURE",
    "GONOSUMDB",
    "GONOSUMCHECK",
    "GONOPROXY",
    "GOSUMDB",
    "GOROOT",
    "GOTOOLCHAIN",
    "GOTOOLDIR",
    "GOWORK",
    "GOCACHEPROG",
    "GOVCS",
    "GCCGO",
    "CGO_*",
    // GNU make(1), gcc(1), clang, CMake, pkg-config(1), Meson
    "MAKE",
    "MAKEFLAGS",
    "MAKEFILES",
    "GNUMAKEFLAGS",
    "MFLAGS",
    "CC",
    "CXX",
    "CPP",
    "FC",
    "LD",
    "AR",
    "AS",
    "NM",
    "RANLIB",
    "STRIP",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "CPATH",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "LIBRARY_PATH",
    "COMPILER_PATH",
    "GCC_EXEC_PREFIX",
    "CCC_OVERRIDE_OPTIONS",
    "CMAKE_*",
    "PKG_CONFIG*",
    // erl(1), elixir(1), Mix, rebar3, GHC, Cabal, Stack, OCaml, opam, Racket, Guile, SBCL, Emacs, Nix, Zig, Swift
    "ERL_*",
    "ELIXIR_*",
    "MIX_*",
    "REBAR_*",
    "GHC_*",
    "GHCRTS",
    "CABAL_*",
    "STACK_*",
    "OCAML*",
    "CAML*",
    "OPAM*",
    "PLT*",
    "GUILE_*",
    "SBCL_*",
    "EMACSLOADPATH",
    "NIX_*",
    "ZIG_*",
    "SWIFT_EXEC",
    "TOOLCHAINS",
    "DEVELOPER_DIR",
    // OpenSSL's config(5), PKCS #11, Vim and Neovim, terminfo's and graphics' loadable parts
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "P11_*",
    "VIM",
    "VIMINIT",
    "EXINIT",
    "VIMRUNTIME",
    "NVIM_*",
    "GTK_*",
    "GIO_*",
    "QT_*",
    "QML*",
    "VK_*",
];

const PACKAGES: &[&str] = &[
    // `gem environment`, Bundler's config(1): published Ruby extensions set them
    "GEM_HOME",
    "GEM_PATH",
    "BUNDLE_GEMFILE",
    // `go help environment`
    "GOPATH",
    "GOBIN",
    // Python's site, venv, pipx and uv
    "PYTHONUSERBASE",
    "VIRTUAL_ENV",
    "PIPX_BIN_DIR",
    "PIPX_HOME",
    "UV_TOOL_BIN_DIR",
    "UV_TOOL_DIR",
    // `cargo install`, `pnpm add --global`, `bun add --global`, `dart pub global`, `dotnet restore`
    "CARGO_INSTALL_ROOT",
    "PNPM_HOME",
    "BUN_INSTALL",
    "PUB_CACHE",
    "NUGET_PACKAGES",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_code_is_known_by_its_name_or_its_beginning() {
        for (names, decides) in [
            (
                "PATH LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES NODE_OPTIONS BASH_ENV BASH_FUNC_x%% \
                 GIT_SSH_COMMAND GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_EXEC_PATH npm_config_script_shell \
                 NPM_CONFIG_PREFIX RUSTC_WRAPPER CARGO_HOME PYTHONPATH PERL5OPT RUBYOPT JAVA_TOOL_OPTIONS HOME",
                Some(Hook::Code),
            ),
            (
                "GEM_HOME GEM_PATH GOBIN BUNDLE_GEMFILE",
                Some(Hook::Packages),
            ),
            (
                "GUEST RUST_LOG LANG TERM GIT_TERMINAL_PROMPT GIT_AUTHOR_NAME MY_PATH PATHS CARGO_TERM_COLOR \
                 DOTNET_NOLOGO NO_COLOR É",
                None,
            ),
        ] {
            for name in names.split_whitespace() {
                assert_eq!(hook(name), decides, "{name}");
            }
        }
        let other_case = hook("path");
        assert_eq!(other_case.is_some(), cfg!(windows));
    }
}
