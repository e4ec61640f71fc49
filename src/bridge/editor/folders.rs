//! Where editors have their configuration.

use std::path::{Path, PathBuf};

use crate::base::fs;

/// The folders that editors look for their configuration in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorFolders {
    /// The user's home folder.
    pub home: PathBuf,
    /// The folder of configurations: `~/.config` on Unix.
    pub config: PathBuf,
    /// The folder of Neovim's configuration in its place: `nvim` in the former on Unix.
    pub neovim: PathBuf,
    /// The folder of Kakoune's configuration: `kak` in the former.
    pub kakoune: PathBuf,
    /// The folder of Codex' configuration: `~/.codex`.
    pub codex: PathBuf,
}

impl EditorFolders {
    pub(super) fn helix(&self) -> PathBuf {
        self.config.join("helix/languages.toml")
    }

    pub(super) fn neovim(&self) -> PathBuf {
        self.neovim.join("plugin/annexe.lua")
    }

    /// Codex has a folder of its own, wherever others have theirs.
    pub(super) fn codex(&self) -> PathBuf {
        self.codex.join("config.toml")
    }

    pub(super) fn kakoune(&self) -> PathBuf {
        self.kakoune.join("kakrc")
    }

    /// Vim looks into the home folder first.
    pub(super) fn vim(&self) -> PathBuf {
        let own = self.home.join(".vim");
        let newer = self.config.join("vim");
        let has_own = is_there(&own) || is_there(&self.home.join(".vimrc"));
        let folder = match !has_own && is_there(&newer) {
            true => newer,
            false => own,
        };
        folder.join("plugin/annexe.vim")
    }

    /// A file beside Emacs' own, and the one that Emacs reads at its start.
    pub(super) fn emacs(&self) -> (PathBuf, PathBuf) {
        let own = self.home.join(".emacs.d");
        let older = [".emacs.el", ".emacs"].map(|name| self.home.join(name));
        if let Some(init) = older.into_iter().find(|path| is_there(path)) {
            return (own.join("annexe.el"), init);
        }
        let newer = self.config.join("emacs");
        let folder = match !is_there(&own) && is_there(&newer) {
            true => newer,
            false => own,
        };
        (folder.join("annexe.el"), folder.join("init.el"))
    }
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_those_that_the_editor_reads() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_path_buf();
        let config = home.join(".config");
        let folders = EditorFolders {
            neovim: config.join("nvim"),
            kakoune: config.join("kak"),
            codex: home.join(".codex"),
            home: home.clone(),
            config: config.clone(),
        };
        let emacs = || folders.emacs().1;
        assert_eq!(folders.vim(), home.join(".vim/plugin/annexe.vim"));
        assert_eq!(emacs(), home.join(".emacs.d/init.el"));
        fs::create_dir_all(&config.join("vim")).unwrap();
        fs::create_dir_all(&config.join("emacs")).unwrap();
        assert_eq!(folders.vim(), config.join("vim/plugin/annexe.vim"));
        assert_eq!(emacs(), config.join("emacs/init.el"));
        fs::create_dir_all(&home.join(".emacs.d")).unwrap();
        fs::write_new(&home.join(".vimrc"), b"").unwrap();
        assert_eq!(folders.vim(), home.join(".vim/plugin/annexe.vim"));
        assert_eq!(emacs(), home.join(".emacs.d/init.el"));
        fs::write_new(&home.join(".emacs"), b"").unwrap();
        assert_eq!(emacs(), home.join(".emacs"));
        assert_eq!(folders.emacs().0, home.join(".emacs.d/annexe.el"));
    }
}
