//! The text of the editor.

use std::sync::{Arc, Mutex};

/// The editor's buffer, which all plugins share.
#[derive(Clone, Default)]
pub struct Buffer(Arc<Mutex<Vec<String>>>);

impl Buffer {
    /// Adds a line at a place, or at the end; the answer is the last line.
    pub async fn insert(&self, text: String, line: Option<u32>) -> Result<String, String> {
        let mut lines = self.0.lock().unwrap();
        let place = line.map_or(lines.len(), |line| line as usize);
        if text.contains("secret") || place > lines.len() {
            return Err(format!("`{text}` has no place in this buffer"));
        }
        lines.insert(place, text);
        Ok(lines.last().cloned().unwrap_or_default())
    }

    /// The lines of the buffer.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}
