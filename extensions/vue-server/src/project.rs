//! What the worktree has among its `node_modules`.

use zed_extension_api::Worktree;

/// The folder of the worktree's own TypeScript.
pub fn typescript(worktree: &Worktree) -> Option<String> {
    package(worktree, "typescript").map(|folder| format!("{folder}/lib"))
}

/// Where the worktree's own plugin for TypeScript's servers is found.
///
/// A server looks in the folders above the location too, so that of the language server does as well:
/// the plugin is one of its dependencies.
pub fn plugin(worktree: &Worktree) -> Option<String> {
    package(worktree, "@vue/typescript-plugin")
        .or_else(|| package(worktree, "@vue/language-server"))
}

/// The folder of an installed package. Only files can be read, so its manifest stands for it.
fn package(worktree: &Worktree, name: &str) -> Option<String> {
    let folder = format!("node_modules/{name}");
    worktree
        .read_text_file(&format!("{folder}/package.json"))
        .ok()?;
    Some(resolve(&folder, &worktree.root_path()))
}

/// A path as it is where it is absolute, else from the worktree's root.
pub fn resolve(path: &str, root: &str) -> String {
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with(['/', '\\']) || has_drive {
        return path.to_owned();
    }
    let relative = path.strip_prefix("./").unwrap_or(path);
    format!("{}/{relative}", root.trim_end_matches('/'))
}
