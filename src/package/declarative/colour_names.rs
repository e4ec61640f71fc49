//! The names that Zed gives to the colours of a theme, to find slips.

use super::{budget::Budget, section::nearest};

/// Nearly all names of colours in theme schema 0.2.0. Others are read all the same: newer versions of
/// an editor know more.
const NAMES: &[&str] = &[
    "background",
    "border",
    "border.disabled",
    "border.focused",
    "border.selected",
    "border.transparent",
    "border.variant",
    "drop_target.background",
    "drop_target.border",
    "editor.active_line.background",
    "editor.active_line_number",
    "editor.active_wrap_guide",
    "editor.background",
    "editor.document_highlight.bracket_background",
    "editor.document_highlight.read_background",
    "editor.document_highlight.write_background",
    "editor.foreground",
    "editor.gutter.background",
    "editor.highlighted_line.background",
    "editor.hover_line_number",
    "editor.indent_guide",
    "editor.indent_guide_active",
    "editor.invisible",
    "editor.line_number",
    "editor.subheader.background",
    "editor.wrap_guide",
    "element.active",
    "element.background",
    "element.disabled",
    "element.hover",
    "element.selected",
    "elevated_surface.background",
    "ghost_element.active",
    "ghost_element.background",
    "ghost_element.disabled",
    "ghost_element.hover",
    "ghost_element.selected",
    "icon",
    "icon.accent",
    "icon.disabled",
    "icon.muted",
    "icon.placeholder",
    "link_text.hover",
    "minimap.thumb.active_background",
    "minimap.thumb.background",
    "minimap.thumb.border",
    "minimap.thumb.hover_background",
    "pane.focused_border",
    "pane_group.border",
    "panel.background",
    "panel.focused_border",
    "panel.indent_guide",
    "panel.indent_guide_active",
    "panel.indent_guide_hover",
    "panel.overlay_background",
    "panel.overlay_hover",
    "scrollbar.thumb.active_background",
    "scrollbar.thumb.background",
    "scrollbar.thumb.border",
    "scrollbar.thumb.hover_background",
    "scrollbar.track.background",
    "scrollbar.track.border",
    "search.active_match_background",
    "search.match_background",
    "status_bar.background",
    "surface.background",
    "tab.active_background",
    "tab.inactive_background",
    "tab_bar.background",
    "terminal.ansi.background",
    "terminal.background",
    "terminal.bright_foreground",
    "terminal.dim_foreground",
    "terminal.foreground",
    "text",
    "text.accent",
    "text.disabled",
    "text.muted",
    "text.placeholder",
    "title_bar.background",
    "title_bar.inactive_background",
    "toolbar.background",
    "version_control.added",
    "version_control.conflict",
    "version_control.deleted",
    "version_control.ignored",
    "version_control.modified",
    "version_control.renamed",
];

/// What has a colour, one with `.background` and one with `.border`.
const STATUSES: &[&str] = &[
    "conflict",
    "created",
    "deleted",
    "error",
    "hidden",
    "hint",
    "ignored",
    "info",
    "modified",
    "predictive",
    "renamed",
    "success",
    "unreachable",
    "warning",
];

/// The terminal's colours, which there are plain, with `bright_` and with `dim_`.
const TERMINAL: &[&str] = &[
    "black", "blue", "cyan", "green", "magenta", "red", "white", "yellow",
];

/// The name that was probably meant by one that is not known and nearly is.
pub(super) fn meant_by(name: &str, budget: &Budget) -> Option<String> {
    if is_known(name) || !budget.spend_guess() {
        return None;
    }
    let statuses = STATUSES
        .iter()
        .flat_map(|status| ["", ".background", ".border"].map(|end| format!("{status}{end}")));
    let terminal = TERMINAL.iter().flat_map(|colour| {
        ["", "bright_", "dim_"].map(|start| format!("terminal.ansi.{start}{colour}"))
    });
    let more: Vec<String> = statuses.chain(terminal).collect();
    let all = NAMES.iter().copied().chain(more.iter().map(String::as_str));
    // Two letters: an editor's next name may well be near to one it has.
    nearest(name, all, 2).map(str::to_owned)
}

fn is_known(name: &str) -> bool {
    if let Some(colour) = name.strip_prefix("terminal.ansi.") {
        let colour = colour.strip_prefix("bright_").unwrap_or(colour);
        let colour = colour.strip_prefix("dim_").unwrap_or(colour);
        return TERMINAL.contains(&colour) || NAMES.contains(&name);
    }
    let status = name.strip_suffix(".background").unwrap_or(name);
    let status = status.strip_suffix(".border").unwrap_or(status);
    NAMES.contains(&name) || STATUSES.contains(&status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_the_name_that_was_meant_and_new_names_none() {
        let meant_by = |name| meant_by(name, &Budget::default());
        assert_eq!(meant_by("backgruond").as_deref(), Some("background"));
        assert_eq!(meant_by("text.mute").as_deref(), Some("text.muted"));
        assert_eq!(
            meant_by("terminal.ansi.brightred").as_deref(),
            Some("terminal.ansi.bright_red")
        );
        for name in [
            "background",
            "error.border",
            "terminal.ansi.dim_red",
            "vim.mode.text",
        ] {
            assert_eq!(meant_by(name), None, "{name}");
        }
    }
}
