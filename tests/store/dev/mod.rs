//! Dev extensions whose component is there: folders that are kept live, called all the while. Those that are
//! compiled are in `tests/builder`.

mod folder;
mod live;
mod shadow;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use annexe::{
    builder::{BuildConfiguration, Builder},
    dev::DevEvent,
    store::{ExtensionStore, RunningExtensions},
};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::place::{ID, Package, Place, guest_of};

/// The longest that an event is waited for.
const LONGEST: Duration = Duration::from_secs(60);

/// The folder of an extension's sources, beside a place's registry and store.
pub struct Sources {
    pub folder: PathBuf,
}

impl Sources {
    /// The extension of a package, with its component, in the place's folder `sources`.
    pub fn new(place: &Place, package: &Package) -> Self {
        let sources = Self {
            folder: place.path("sources"),
        };
        sources.write("extension.toml", package.manifest.as_bytes());
        for (path, content) in &package.files {
            sources.write(path, content);
        }
        if let Some(wasm) = &package.wasm {
            sources.write("extension.wasm", wasm);
        }
        sources
    }

    /// Version 0.1.0 with the guest of an API version.
    pub fn of_api(place: &Place, api: &str) -> Self {
        Self::new(place, &Package::new("0.1.0").wasm(guest_of(api)))
    }

    /// Replaces a file as editors do, in one step.
    pub fn write(&self, path: &str, content: &[u8]) {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let new = path.with_extension("new~");
        std::fs::write(&new, content).unwrap();
        std::fs::rename(new, path).unwrap();
    }

    /// Replaces the component with the guest of an API version.
    pub fn set_api(&self, api: &str) {
        self.write("extension.wasm", &guest_of(api));
    }
}

/// A dev extension that is kept live in a task.
pub struct Kept {
    pub live: RunningExtensions,
    events: mpsc::UnboundedReceiver<DevEvent>,
    task: JoinHandle<()>,
    /// Why it has ended, once it has.
    ended: Arc<Mutex<Option<Result<(), annexe::dev::DevError>>>>,
}

pub fn builder(place: &Place) -> Builder {
    Builder::new(BuildConfiguration {
        folder: place.path("build"),
    })
}

impl Kept {
    /// Keeps the folder live, and has heard of no event yet.
    pub fn start(place: &Place, store: &ExtensionStore, sources: &Sources) -> Self {
        let live = store.live();
        let (tell, events) = mpsc::unbounded_channel();
        let dev = store
            .dev(&sources.folder, builder(place))
            .live(live.clone());
        let ended = Arc::<Mutex<Option<_>>>::default();
        let end = ended.clone();
        let task = tokio::spawn(async move {
            let result = dev.run(move |event| drop(tell.send(event))).await;
            *end.lock().unwrap() = Some(result);
        });
        Self {
            live,
            events,
            task,
            ended,
        }
    }

    /// The next event but for beginnings of builds and lines.
    pub async fn event(&mut self) -> DevEvent {
        loop {
            let event = tokio::time::timeout(LONGEST, self.events.recv());
            match event.await {
                Ok(Some(DevEvent::Building { .. } | DevEvent::Line(_))) => {}
                Ok(Some(event)) => return event,
                Ok(None) => panic!("it has ended: {:?}", self.ended.lock().unwrap()),
                Err(_) => panic!("nothing has happened for {LONGEST:?}"),
            }
        }
    }

    /// Waits until a build is in service; gives the API version of its component.
    pub async fn served(&mut self) -> String {
        loop {
            match self.event().await {
                DevEvent::Serving(served) => {
                    let build = served.extension.build.unwrap();
                    return build.api.map_or_else(String::new, |api| api.to_string());
                }
                // A file may have been seen in the middle of a change.
                DevEvent::Failed { .. } | DevEvent::Unchanged => {}
                event => panic!("{event:?}"),
            }
        }
    }

    /// Waits until an attempt has failed.
    pub async fn failed(&mut self) -> annexe::dev::DevError {
        match self.event().await {
            DevEvent::Failed { error, .. } => *error,
            event => panic!("{event:?}"),
        }
    }

    /// Ends as a process that is killed does.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Waits until it has ended by itself.
    pub async fn end(mut self) -> Result<(), annexe::dev::DevError> {
        while let Ok(Some(_)) = tokio::time::timeout(LONGEST, self.events.recv()).await {}
        self.task.await.unwrap();
        self.ended.lock().unwrap().take().unwrap()
    }
}

/// The version of the API that what runs was built with, as it says itself.
pub async fn version_of(extension: &annexe::Extension, place: &Place) -> String {
    let answer = crate::live::ask(extension, place.path("worktree"), "version").await;
    answer["args"][0].as_str().unwrap().to_owned()
}

/// What a store that is opened anew starts under the id, as another process would.
pub async fn version_anew(place: &Place) -> String {
    let extension = place.store().start(&crate::place::id(ID)).await.unwrap();
    version_of(&extension, place).await
}
