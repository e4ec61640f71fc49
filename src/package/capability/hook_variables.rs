//! The environment variables that change which code a program runs.
//!
//! Each name is what the documentation of a loader, interpreter or tool says of its own variables. What only says how a
//! program behaves, where it writes or whom it talks to is not meant; where a whole beginning or ending is taken, some of
//! it is. No table knows all programs: a program that a user grants is one whose variables they should know.

mod families;

use std::borrow::Cow;

use families::{CODE, Family, HARMLESS, PACKAGES};

/// The kind of thing that a variable decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hook {
    /// Which code the system, an interpreter or a tool loads or starts.
    Code,
    /// Where a tool keeps packages and projects of its own: published extensions set it for what they install.
    Packages,
}

/// Returns the kind of thing that a variable decides; `None` where it changes no code.
pub(super) fn hook(name: &str) -> Option<Hook> {
    let is_listed = |families: &[Family]| {
        let mut names = families
            .iter()
            .flat_map(|(_, names)| names.split_whitespace());
        names.any(|pattern| is_match(pattern, name))
    };
    if is_listed(HARMLESS) {
        return None;
    }
    // A tool's folder of packages may be named as its other variables are.
    match (is_listed(PACKAGES), is_listed(CODE)) {
        (true, _) => Some(Hook::Packages),
        (false, true) => Some(Hook::Code),
        (false, false) => None,
    }
}

/// npm takes its own variables in any case.
const NPM_CONFIG: &str = "npm_config_*";

/// Names are compared as the system does.
fn is_match(pattern: &str, name: &str) -> bool {
    let has_no_case = cfg!(windows) || pattern == NPM_CONFIG;
    let in_case = |text| match has_no_case {
        true => Cow::Owned(str::to_ascii_uppercase(text)),
        false => Cow::Borrowed(text),
    };
    let (pattern, name) = (in_case(pattern), in_case(name));
    let mut parts = pattern.split('*');
    // There is always a first one.
    let beginning = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(beginning) else {
        return false;
    };
    let Some(ending) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_code_is_known_by_its_name_its_beginning_or_its_ending() {
        for (names, decides) in [
            (
                "PATH LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES NODE_OPTIONS BASH_ENV BASH_FUNC_x%% \
                 GIT_SSH_COMMAND GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_EXEC_PATH npm_config_script_shell \
                 NPM_CONFIG_PREFIX RUSTC_WRAPPER CARGO_HOME PYTHONPATH PERL5OPT RUBYOPT JAVA_TOOL_OPTIONS HOME",
                Some(Hook::Code),
            ),
            // Archivers, transfer, version managers, Go, the JVM
            (
                "TAR_OPTIONS GZIP ZIPOPT UNZIP UNZIPOPT RSYNC_RSH RSYNC_CONNECT_PROG CVS_RSH WGETRC CURL_HOME SVN_SSH \
                 RBENV_VERSION PYENV_ROOT NVM_DIR NODENV_DIR GOENV_ROOT ASDF_DATA_DIR MISE_DATA_DIR VOLTA_HOME \
                 ELAN_HOME GHCUP_INSTALL_BASE_PREFIX SDKMAN_DIR PROTO_HOME FNM_DIR HOMEBREW_PREFIX GOAUTH \
                 GOPACKAGESDRIVER GOROOT GOTOOLCHAIN GOPROXY GONOSUMDB GOVCS JAVACMD JAVA_HOME JRE_HOME MAVEN_ARGS \
                 M2_HOME GRADLE_USER_HOME SBT_OPTS KOTLIN_COMPILER KOTLINC_OPTS",
                Some(Hook::Code),
            ),
            // Start files and plugins
            (
                "PSQLRC PSQL_PAGER INPUTRC PYLINTRC RIPGREP_CONFIG_PATH BAT_PAGER LESS LESSKEYIN LESSOPEN \
                 FZF_DEFAULT_COMMAND IPYTHONDIR JUPYTER_PATH MYPYPATH RUBOCOP_OPTS CLANGD_FLAGS AWKPATH AWKLIBPATH \
                 RUBYPATH KUBECONFIG AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE DOCKER_CONFIG TF_CLI_CONFIG_FILE \
                 ANSIBLE_CONFIG GNUPGHOME KRB5_CONFIG TERMINFO TERMINFO_DIRS TERMCAP CCACHE_PREFIX SCCACHE_CONF PROTOC \
                 LEAN_PATH CRYSTAL_PATH DART_VM_OPTIONS FLUTTER_ROOT PUB_HOSTED_URL GST_PLUGIN_PATH \
                 LIBGL_DRIVERS_PATH MAGICK_CODER_MODULE_PATH QT_PLUGIN_PATH GTK_MODULES GTK3_MODULES \
                 GIO_EXTRA_MODULES PHP_INI_SCAN_DIR PHPRC COMPOSER_HOME R_PROFILE_USER JULIA_LOAD_PATH ERL_LIBS \
                 ELIXIR_ERL_OPTIONS MIX_EXS NIX_PATH EMACSLOADPATH VIMINIT EXINIT VIM SYSTEMD_EDITOR FCEDIT \
                 HGRCPATH P4CONFIG",
                Some(Hook::Code),
            ),
            // Names that are in no list
            (
                "ANY_PAGER ANY_EDITOR ANY_OPTIONS ANY_OPTS ANY_RSH ANY_PRELOAD ANY_WRAPPER ANY_ASKPASS ANY_CONFIG \
                 ANY_CONFIG_FILE ANY_CONFIG_PATH ANY_CONFIG_DIR ANY_STARTUP ANY_INIT ANY_PLUGIN ANY_PLUGINS \
                 ANY_PLUGIN_DIR",
                Some(Hook::Code),
            ),
            (
                "GEM_HOME GEM_PATH GOBIN GOPATH BUNDLE_GEMFILE PUB_CACHE CARGO_INSTALL_ROOT VIRTUAL_ENV",
                Some(Hook::Packages),
            ),
            (
                "GUEST RUST_LOG RUST_BACKTRACE LANG LC_ALL TERM TZ TMPDIR GIT_TERMINAL_PROMPT GIT_AUTHOR_NAME MY_PATH \
                 PATHS CARGO_TERM_COLOR DOTNET_NOLOGO NO_COLOR FORCE_COLOR CI HTTPS_PROXY LOG_LEVEL OPTIONS MYCONFIG É \
                 HOMEBREW_NO_AUTO_UPDATE NODE_ENV",
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

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, is_it) in [
            ("A", "A", true),
            ("A", "AB", false),
            ("A*", "A", true),
            ("A*", "BA", false),
            ("*_A", "X_A", true),
            ("*_A", "X_AB", false),
            ("*_A*", "X_AB", true),
            ("A_*B*C", "A_xBxC", true),
            ("A_*B*C", "A_xCxB", false),
            // Nothing is matched twice.
            ("AB*BA", "ABA", false),
        ] {
            assert_eq!(is_match(pattern, name), is_it, "{pattern} {name}");
        }
    }
}
