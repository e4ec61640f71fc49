//! The names, by family: whose they are and where that is documented, then the names with spaces between them.
//! `*` stands for any characters.

/// Variables of programs that belong together.
pub(super) type Family = (&'static str, &'static str);

/// Variables that are named like those below, and change no code.
pub(super) const HARMLESS: &[Family] = &[
    (
        "git(1), Environment Variables",
        "GIT_AUTHOR_* GIT_CEILING_DIRECTORIES GIT_COMMITTER_* GIT_CONFIG_NOSYSTEM GIT_LITERAL_PATHSPECS \
         GIT_MERGE_AUTOEDIT GIT_NO_LAZY_FETCH GIT_OPTIONAL_LOCKS GIT_PROGRESS_DELAY GIT_TERMINAL_PROMPT",
    ),
    (
        "the Cargo Book, Environment Variables: how much is shown",
        "CARGO_TERM_*",
    ),
    (
        "python(1): how it reads and writes",
        "PYTHONDONTWRITEBYTECODE PYTHONIOENCODING PYTHONUNBUFFERED PYTHONUTF8",
    ),
    (
        "learn.microsoft.com, .NET environment variables",
        "DOTNET_CLI_TELEMETRY_OPTOUT DOTNET_CLI_UI_LANGUAGE DOTNET_NOLOGO DOTNET_SKIP_FIRST_TIME_EXPERIENCE",
    ),
    (
        "brew(1), Environment: what is done beside what was asked for",
        "HOMEBREW_NO_ANALYTICS HOMEBREW_NO_AUTO_UPDATE HOMEBREW_NO_COLOR HOMEBREW_NO_EMOJI HOMEBREW_NO_ENV_HINTS",
    ),
    ("less(1): how text is encoded", "LESSCHARSET"),
];

/// Variables that decide which code runs.
pub(super) const CODE: &[Family] = &[
    (
        "any program: by what the names of such variables end in, whoever reads them",
        "*_PAGER *_EDITOR *_BROWSER *_SHELL *_OPTIONS *_OPTS *_RSH *_PRELOAD *_WRAPPER *_LAUNCHER *_ASKPASS *_COMMAND \
         *_CONFIG *_CONFIG_FILE *_CONFIG_PATH *_CONFIG_DIR *_CONFIG_HOME *_CONFIG_DIRS *_CONF *_RC *_STARTUP *_INIT \
         *_PLUGIN*",
    ),
    (
        "execvp(3), CreateProcess: which file a name is",
        "PATH PATHEXT COMSPEC SYSTEMROOT",
    ),
    (
        "ld.so(8) and its like of musl, dyld(1), gconv and getconf of glibc, malloc's and sanitizers' helpers",
        "LD_* DYLD_* GLIBC_TUNABLES GCONV_PATH GETCONF_DIR LOCPATH NLSPATH LIBPATH SHLIB_PATH HOSTALIASES \
         RESOLV_HOST_CONF NIS_PATH *_SYMBOLIZER_PATH",
    ),
    (
        "environ(7), the XDG Base Directory Specification, Windows' known folders: where configuration, plugins and \
         start files lie",
        "HOME USERPROFILE HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA XDG_CONFIG_* XDG_DATA_*",
    ),
    (
        "environ(7), man(1), xdg-open(1), sudo(8), ssh(1), bash's fc: programs that others start",
        "SHELL EDITOR VISUAL FCEDIT PAGER MANPAGER MANROFFOPT MANPATH BROWSER SSH_ASKPASS* SUDO_ASKPASS SUDO_EDITOR \
         SYSTEMD_* DBUS_*",
    ),
    (
        "less(1), bat(1), fzf(1), rg(1), delta(1), readline(3), terminfo(5): rc files, preprocessors, descriptions",
        "LESS LESS* BAT_* FZF_* RIPGREP_CONFIG_PATH DELTA_* INPUTRC EDITRC TERMINFO* TERMCAP TERMPATH MOST_* \
         SCREENRC TMUX_* STARSHIP_*",
    ),
    (
        "sh(1), bash(1), zsh(1), fish(1), ksh(1), nu(1), PowerShell",
        "ENV BASH_ENV BASH_FUNC_* BASH_LOADABLES_PATH SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND IFS CDPATH FPATH ZDOTDIR \
         __fish_* fish_* NU_* PSModulePath",
    ),
    (
        "tar(1), gzip(1), xz(1), zstd(1), zip(1), unzip(1), 7z: options, which name programs to start",
        "TAR_OPTIONS TAPE GZIP BZIP BZIP2 XZ_* ZSTD_* ZIPOPT UNZIP UNZIPOPT ZIPINFO* UNRAR* RAR*",
    ),
    (
        "rsync(1), wget(1), curl(1), cvs(1), ftp(1), aria2c(1): remote shells, and files of options",
        "RSYNC_* CVS_* CVSROOT CVSEDITOR WGETRC SYSTEM_WGETRC WGET2_CONFIG CURL_HOME CURLRC FTPPAGER NETRC ARIA2_*",
    ),
    (
        "git(1), git-lfs(1), ssh(1), hg(1), svn, p4, gh, jj, Fossil: programs, hooks, configuration",
        "GIT_* SVN_* HG* P4* GH_* GLAB_* JJ_* BZR* BRZ* DARCS_* FOSSIL_*",
    ),
    (
        "gpg(1), krb5.conf(5), OpenSSL's config(5), PKCS #11, nss: engines and modules to load",
        "GNUPGHOME KRB5* GSS* SASL_* OPENSSL_CONF OPENSSL_ENGINES OPENSSL_MODULES P11_* PKCS11_* SOFTHSM2_CONF NSS_*",
    ),
    (
        "rbenv, pyenv, nvm, nodenv, goenv, asdf, mise, Volta, elan, GHCup, SDKMAN, proto, fnm, jenv, tfenv, Homebrew: \
         which version of a tool runs",
        "RBENV_* PYENV_* NVM_* NODENV_* GOENV_* ASDF_* MISE_* RTX_* VOLTA_* ELAN_* GHCUP_* SDKMAN_* PROTO_* FNM_* \
         N_PREFIX JENV_* TFENV_* PLENV_* PHPENV_* RVM_* rvm_* CHRUBY_* HOMEBREW_* AQUA_* DIRENV_* DEVBOX_*",
    ),
    (
        "node(1), Electron, npm's config(7), Yarn, pnpm, Corepack, Deno, Bun, ts-node, esbuild, ESLint, Playwright",
        "NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE NODE_ICU_DATA ELECTRON_* npm_config_* YARN_* PNPM_* \
         COREPACK_* DENO_* BUN_* TS_NODE_* TSX_* SWC_* ESBUILD_BINARY_PATH ESLINT_* PRETTIERD_* BABEL_* NX_* TURBO_* \
         PUPPETEER_* PLAYWRIGHT_* CHROME_*",
    ),
    (
        "python(1), pip, uv, virtualenv, Poetry, conda, IPython, Jupyter, Pylint, mypy, Ruff, pytest, Django",
        "PYTHON* __PYVENV_LAUNCHER__ PIP_* PIPENV_* UV_* VIRTUALENV_* POETRY_* PDM_* HATCH_* CONDA* MAMBA_* PIXI_* \
         IPYTHONDIR JUPYTER* PYLINTRC PYLINTHOME MYPYPATH MYPY_* RUFF_* PYTEST_* PYRIGHT_* DJANGO_SETTINGS_MODULE \
         FLASK_APP CELERY_*",
    ),
    (
        "perlrun(1), perldoc(1), perltidy(1)",
        "PERL5* PERLLIB PERLIO* PERL_* PERLDOC PERLTIDY PERLCRITIC PERLBREW_*",
    ),
    (
        "ruby(1), RubyGems, Bundler, RuboCop, IRB, Solargraph",
        "RUBYOPT RUBYLIB RUBYPATH RUBYSHELL RUBYLIB_PREFIX RUBY_* GEMRC GEM_* BUNDLE_* BUNDLER_* RUBOCOP_* IRBRC RAKE* \
         SOLARGRAPH_*",
    ),
    (
        "php(1), Composer, Xdebug, lua(1), LuaRocks, tclsh(1), R's Startup, Julia's manual, Octave",
        "PHPRC PHP_* COMPOSER* XDEBUG_* LUA_* LUAROCKS_* TCLLIBPATH TCL_* TK_LIBRARY R_* RSCRIPT* RENV_* JULIA_* \
         OCTAVE_* MATLAB*",
    ),
    (
        "java(1), Maven, Gradle, Ant, sbt, Scala, Kotlin, Groovy, Clojure, Leiningen, Coursier, JDT",
        "JAVA_* JAVACMD JAVACMD_* JDK_* JRE_HOME _JAVA_OPTIONS IBM_JAVA_OPTIONS OPENJ9_JAVA_OPTIONS CLASSPATH MAVEN_* \
         MVN* M2_* M2 GRADLE_* ANT_* SBT_* SCALA_* KOTLIN* GROOVY* JVM_OPTS LEIN_* CLJ_* CLOJURE_* COURSIER_* \
         JDTLS_* SPRING_* ANDROID_*",
    ),
    (
        "learn.microsoft.com, .NET environment variables and Runtime configuration: profiling; Mono",
        "DOTNET_* CORECLR_* COR_* COMPlus_* MSBUILD* NUGET_* OMNISHARP* MONO_*",
    ),
    (
        "the Cargo Book and the rustup Book, Environment Variables; rustc(1); sccache, ccache, distcc",
        "CARGO CARGO_* RUSTC RUSTC_* RUSTDOC RUSTDOCFLAGS RUSTFLAGS RUSTFMT RUSTUP_* RUST_ANALYZER* CLIPPY_* SCCACHE_* \
         CCACHE_* DISTCC_* ICECC_*",
    ),
    (
        "`go help environment`, `go help goauth`, golang.org/x/tools/go/packages, gopls, golangci-lint, Delve",
        "GOENV GOEXPERIMENT GOFLAGS GOAUTH GOPACKAGESDRIVER GOPROXY GOPRIVATE GOINSECURE GONOSUMDB GONOSUMCHECK \
         GONOPROXY GOSUMDB GOROOT GOROOT_* GOTOOLCHAIN GOTOOLDIR GOWORK GOMODCACHE GOCACHE GOCACHEPROG GOVCS GODEBUG \
         GOPLS* GOLANGCI_* DELVE_* GCCGO GCCGOTOOLDIR CGO_*",
    ),
    (
        "GNU make(1), gcc(1), clang, clangd, CMake, Ninja, pkg-config(1), Meson, Bazel, protoc, gawk(1), m4(1), gdb(1)",
        "MAKE MAKEFLAGS MAKEFILES GNUMAKEFLAGS MFLAGS CC CXX CPP FC LD AR AS NM RANLIB STRIP OBJCOPY CFLAGS CXXFLAGS \
         CPPFLAGS LDFLAGS CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH OBJC_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH \
         GCC_EXEC_PREFIX CCC_OVERRIDE_OPTIONS CL _CL_ LINK _LINK_ CLANGD_FLAGS CLANG_* CMAKE_* CTEST_* NINJA* \
         PKG_CONFIG* MESON* BAZEL* PROTOC PROTOC_* AWKPATH AWKLIBPATH M4 M4PATH ACLOCAL* AUTOM4TE* AUTOCONF AUTOMAKE \
         PERL PYTHON SED AWK GDB* LLDB_* VCPKG_* CONAN_*",
    ),
    (
        "erl(1), elixir(1), Mix, rebar3, Gleam",
        "ERL_* ERLC_* ERLANG_* ELIXIR_* MIX_* HEX_* IEX_* REBAR_* REBAR3_* GLEAM_*",
    ),
    (
        "GHC, Cabal, Stack, OCaml, opam, dune, Racket, Guile, Chicken, SBCL, Lean, Coq, Agda, Idris",
        "GHC_* GHCRTS HLS_* CABAL_* STACK_* OCAML* CAML* OPAM* DUNE_* PLT* GUILE_* CHICKEN_* SBCL_* XDG_LISP* LEAN_* \
         LAKE_* COQ* ROCQ* AGDA_* IDRIS*",
    ),
    (
        "Dart's and Flutter's tools, Crystal, Zig, Swift, Xcode, Nim, V, D, Haxe, Unison",
        "DART_* FLUTTER_* PUB_* CRYSTAL_* SHARDS_* ZIG_* ZLS_* SWIFT* TOOLCHAINS DEVELOPER_DIR SDKROOT NIM* NIMBLE_* \
         VMODULES VFLAGS DFLAGS DUB_* HAXE_* HAXEPATH",
    ),
    (
        "nix(1), Guix, Docker, Podman, Kubernetes, Helm, AWS, Google Cloud, Azure: plugins, helpers for credentials",
        "NIX_* GUIX_* DOCKER_* BUILDX_* BUILDKIT_* COMPOSE_* CONTAINER_HOST PODMAN_* CONTAINERS_* KUBECONFIG KUBE_* \
         KUBECTL_* HELM_* KREW_* AWS_*CONFIG* AWS_*CREDENTIALS* CLOUDSDK_* GOOGLE_APPLICATION_CREDENTIALS AZURE_*",
    ),
    (
        "Terraform, OpenTofu, Terragrunt, Ansible, Vagrant, Packer, Pulumi, Puppet, Vault",
        "TF_* TFLINT_* TOFU_* TERRAFORM_* TERRAGRUNT_* TG_* ANSIBLE_* VAGRANT_* PACKER_* PULUMI_* PUPPET_* VAULT_*",
    ),
    (
        "psql(1), mysql(1), sqlite3(1), redis-cli, MongoDB, ODBC",
        "PSQLRC PSQL_* PGSERVICEFILE PGSYSCONFDIR PGPASSFILE MYSQL_* MYSQL MARIADB_* LIBMYSQL_* SQLITE_* SQLPATH \
         REDISCLI_* MONGO* ODBC* TNS_ADMIN ORACLE_HOME",
    ),
    (
        "Vim, Neovim, Helix, Emacs, nano, TeX's kpathsea",
        "VIM VIMINIT VIMRUNTIME EXINIT MYVIMRC NVIM_* HELIX_* EMACS* ALTERNATE_EDITOR TEX* BIBINPUTS BSTINPUTS \
         LUAINPUTS KPATHSEA_*",
    ),
    (
        "GStreamer, Mesa, Vulkan, OpenCL, ImageMagick, Ghostscript, GTK, GLib, Qt, ALSA, VA-API: loadable parts",
        "GST_* LIBGL_* MESA_* __EGL_* __GLX_* EGL_* GBM_* VK_* OCL_* OPENCL_* LIBVA_* VDPAU_* MAGICK_* GS_* GTK* GIO_* \
         GDK_* GI_TYPELIB_PATH GSETTINGS_* PANGO_* QT_* QML* ALSA_* PULSE_* LADSPA_PATH LV2_PATH GEGL_* FREI0R_PATH \
         FONTCONFIG_*",
    ),
];

/// Variables that say where a tool keeps packages of its own.
pub(super) const PACKAGES: &[Family] = &[
    (
        "`gem environment`, Bundler's config(1): published Ruby extensions set them",
        "GEM_HOME GEM_PATH BUNDLE_GEMFILE",
    ),
    ("`go help environment`", "GOPATH GOBIN"),
    (
        "Python's site, venv, pipx and uv",
        "PYTHONUSERBASE VIRTUAL_ENV PIPX_BIN_DIR PIPX_HOME UV_TOOL_BIN_DIR UV_TOOL_DIR",
    ),
    (
        "`cargo install`, cargo's build folder, `pnpm add --global`, `bun add --global`, `dart pub global`, `dotnet restore`",
        "CARGO_INSTALL_ROOT CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR PNPM_HOME BUN_INSTALL PUB_CACHE NUGET_PACKAGES",
    ),
];
