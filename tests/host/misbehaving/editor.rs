//! An editor that answers, or does not.

use std::{
    future::pending,
    sync::{Arc, Mutex},
};

use annexe::{
    delegate::{DelegateError, HostDelegate},
    types::{LanguageSettings, SettingsLocation},
};
use async_trait::async_trait;

/// What an editor does when it is asked for the settings of a language.
#[derive(Debug, Clone, Copy)]
pub enum Does {
    Answer,
    Refuse,
    /// It answers when the runtime has taken so many steps.
    AnswerAfter(u32),
    NeverAnswer,
    Panic,
}

pub struct Editor(Mutex<Does>);

impl Editor {
    pub fn new(does: Does) -> Arc<Self> {
        Arc::new(Self(Mutex::new(does)))
    }

    pub fn now(&self, does: Does) {
        *self.0.lock().unwrap() = does;
    }
}

#[async_trait]
impl HostDelegate for Editor {
    async fn language_settings(
        &self,
        _: Option<&SettingsLocation>,
        _: Option<&str>,
    ) -> Result<LanguageSettings, DelegateError> {
        let does = *self.0.lock().unwrap();
        match does {
            Does::Answer => {}
            Does::Refuse => return Err(DelegateError::new("refused")),
            Does::AnswerAfter(steps) => {
                for _ in 0..steps {
                    tokio::task::yield_now().await;
                }
            }
            Does::NeverAnswer => pending().await,
            Does::Panic => panic!("the editor panics on purpose"),
        }
        Ok(LanguageSettings::default())
    }
}
