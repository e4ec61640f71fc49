//! Extensions that the user does without, and those that a project does without.

use std::fs;

use annexe::{
    Hint as _,
    manifest::Trigger,
    store::{ProjectExtensions, ProjectExtensionsError, Reload, StoreError},
};

use crate::place::{ID, Package, Place, id};

#[tokio::test]
async fn a_disabled_extension_is_not_started_contributes_nothing_and_is_updated_as_ever() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let live = store.live();
    live.start(&id(ID)).await.unwrap();
    let rust = Trigger::Language("Rust".into());

    let disabled = store.disable(&[id(ID)], true).await.unwrap();
    assert!(disabled[0].disabled);
    let followed = live.refresh().await.unwrap();
    assert!(matches!(followed[..], [Reload::Disabled { .. }]));
    assert!(live.get(&id(ID)).is_none());
    assert!(live.needed_for(&rust).await.unwrap().is_empty());
    assert!(live.activate(&rust).await.unwrap().extensions.is_empty());
    assert!(store.all_active().unwrap().is_empty());
    let contributions = store.contributions().await.unwrap();
    assert!(contributions.extensions.is_empty());
    for error in [
        store.start(&id(ID)).await.map(drop).unwrap_err(),
        live.start(&id(ID)).await.map(drop).unwrap_err(),
        store.component(&id(ID)).await.map(drop).unwrap_err(),
        (store.start_in(&id(ID), place.path("work")).await)
            .map(drop)
            .unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Disabled { .. }), "{error}");
        assert!(error.hint().unwrap().contains("annexe enable echo-server"));
    }
    // It is there to be read all the same.
    assert!(store.active(&id(ID)).unwrap().is_disabled());
    assert!(store.manifest(&id(ID)).is_ok());
    assert!(store.summaries().unwrap()[0].disabled);

    place.publish(&Package::new("1.1.0"));
    let outcome = place.update(&store).await.unwrap();
    let updated = &outcome.receipts[0].installed;
    assert_eq!(updated.version.to_string(), "1.1.0");
    assert!(updated.disabled);

    let enabled = store.disable(&[id(ID)], false).await.unwrap();
    assert!(!enabled[0].disabled);
    assert_eq!(live.needed_for(&rust).await.unwrap(), [id(ID)]);
    place.assert_answers(&store).await;
}

#[tokio::test]
async fn disabling_is_a_change_that_can_be_undone_and_is_made_once() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let error = store.disable(&[id(ID)], true).await.unwrap_err();
    assert!(matches!(error, StoreError::NotInstalled { .. }), "{error}");
    assert!(!place.store_dir().exists(), "nothing was made for it");
    place.install(&store, "*").await.unwrap();
    store.disable(&[id(ID)], true).await.unwrap();
    let generation = store.generation().unwrap();
    assert_eq!(generation.reason, "disable echo-server 1.0.0");
    store.disable(&[id(ID)], true).await.unwrap();
    assert_eq!(store.generation().unwrap().number, generation.number);
    store.rollback(None).await.unwrap();
    assert!(!store.installed(&id(ID)).unwrap().disabled);
    let file = place.store_dir().join("generations/1.json");
    let text = fs::read_to_string(file).unwrap();
    assert!(!text.contains("disabled"), "absent where it is not: {text}");
}

#[test]
fn a_project_restricts_and_what_else_stands_in_its_file_is_an_error_with_its_place() {
    let project = tempfile::tempdir().unwrap();
    let read = || ProjectExtensions::read(project.path());
    assert_eq!(read().unwrap().disabled().count(), 0);
    let file = project.path().join(".annexe/extensions.toml");
    fs::create_dir(file.parent().unwrap()).unwrap();
    fs::write(&file, "# why\ndisabled = ['echo-server']\n").unwrap();
    let extensions = read().unwrap();
    assert!(extensions.is_disabled(&id(ID)) && !extensions.is_disabled(&id("other")));
    let error = extensions.refuse_disabled(&id(ID)).unwrap_err();
    let words = error.to_string();
    assert!(words.contains(".annexe/extensions.toml`"), "{words}");
    assert!(error.hint().unwrap().contains("--project"));
    extensions.refuse_disabled(&id("other")).unwrap();

    for (text, place) in [
        ("disabled = ['ok', 'N o']", "line 1, column"),
        ("\nenabled = ['echo-server']", "line 2, column 1"),
        ("disabled = 'echo-server'", "line 1, column 12"),
        ("disabled = [", "line 1"),
    ] {
        fs::write(&file, text).unwrap();
        let error = read().unwrap_err();
        let words = error.to_string();
        assert!(words.contains(place), "{text}: {words}");
        assert!(error.hint().is_some());
        // It is left as it is, too.
        ProjectExtensions::change(project.path(), &[id("new")], true).unwrap_err();
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    fs::write(&file, vec![b'#'; (1 << 20) + 1]).unwrap();
    let error = read().unwrap_err();
    assert!(matches!(error, ProjectExtensionsError::File(_)), "{error}");
}

#[test]
fn a_projects_file_is_changed_and_what_else_is_written_in_it_stays() {
    let project = tempfile::tempdir().unwrap();
    let change = |name: &str, disabled| {
        let ids = [id(name)];
        ProjectExtensions::change(project.path(), &ids, disabled).unwrap()
    };
    let file = project.path().join(".annexe/extensions.toml");
    change("one", false);
    assert!(!file.exists(), "there was nothing to write");
    assert!(change("one", true).is_disabled(&id("one")));
    fs::write(&file, "# ours\ndisabled = [\"one\"] # slow here\n").unwrap();
    change("two", true);
    change("two", true);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text, "# ours\ndisabled = [\"one\", \"two\"] # slow here\n");
    let left = change("one", false);
    assert_eq!(left.disabled().collect::<Vec<_>>(), [&id("two")]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("# ours\n") && text.ends_with("# slow here\n"));
    let entries = fs::read_dir(file.parent().unwrap()).unwrap();
    assert_eq!(entries.count(), 1, "nothing else is left in the project");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_of_a_strangers() {
    let (project, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink(elsewhere.path(), project.path().join(".annexe")).unwrap();
    let error = ProjectExtensions::change(project.path(), &[id(ID)], true).unwrap_err();
    assert!(error.to_string().contains("write through"), "{error}");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}
