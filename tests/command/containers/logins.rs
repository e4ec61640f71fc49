//! Logins at container registries, as Docker's configuration has them.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::json;

use crate::support::{
    files::write,
    guests::command_cache,
    place::{Place, text},
    server::{
        Fault,
        containers::{ContainerRegistry, LOGIN},
        port::{Answer, Port, Request},
    },
};

/// `me:the-word`.
const ENCODED: &str = "bWU6dGhlLXdvcmQ=";

fn docker(place: &Place, configuration: &serde_json::Value) {
    write(
        &place.home().join(".docker/config.json"),
        configuration.to_string(),
    );
}

#[test]
fn a_login_is_taken_from_dockers_configuration_or_the_program_that_it_names() {
    let Some(containers) = ContainerRegistry::start_with_login() else {
        return;
    };
    let mut place = Place::new();
    let folder = place.registry(&[("echo", "1.0.0")]);
    let (host, address) = (&containers.host, containers.address("private"));
    let push = ["registry", "push", &folder, &address];
    let error = place.error(1, push);
    assert!(
        error["message"].as_str().unwrap().contains("answered 401"),
        "{error}"
    );
    docker(&place, &json!({"auths": {host: {"auth": "bWU6d3Jvbmc="}}}));
    assert!(place.error(1, push).to_string().contains("answered 401"));

    docker(&place, &json!({"auths": {host: {"auth": ENCODED}}}));
    assert_eq!(place.json(push)["archives"], 1);
    place.ok(["source", "add", "team", &address]);
    place.ok(["install", "echo"]);
    place.ok(["remove", "echo"]);

    // A program of the user's, which is asked for the one host.
    let programs = place.beside("programs");
    let program = programs.join("docker-credential-tests");
    let (user, password) = LOGIN;
    let script = format!(
        "#!/bin/sh\nread -r host\ntest \"$1 $host\" = \"get {host}\" || exit 3\n\
         echo '{{\"ServerURL\": \"x\", \"Username\": \"{user}\", \"Secret\": \"{password}\"}}'\n"
    );
    write(&program, script);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", text(&programs), std::env::var("PATH").unwrap());
    place.environment.push(("PATH".into(), path.into()));
    docker(&place, &json!({"credHelpers": {host: "tests"}}));
    place.ok(["install", "echo"]);
    docker(&place, &json!({"credsStore": "tests"}));
    assert_eq!(place.json(push)["unchanged"], true);

    // One that fails is told, without what it printed.
    write(
        &program,
        "#!/bin/sh\nread -r host\necho the-word\nprintf 'locked \\033[2J' >&2\nexit 1\n",
    );
    let ran = place.run(push);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr.contains("locked") && ran.stderr.contains("docker login"),
        "{ran:?}"
    );
    assert!(
        !ran.stderr.contains("the-word") && !ran.stderr.contains('\u{1b}'),
        "{ran:?}"
    );

    // So are one that says too much, and one that is not there.
    write(&program, "#!/bin/sh\nexec yes the-word\n");
    let ran = place.run(push);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr.contains("`docker-credential-tests`")
            && ran.stderr.contains("more than a login"),
        "{ran:?}"
    );
    assert!(!ran.stderr.contains("the-word"), "{ran:?}");
    docker(&place, &json!({"credsStore": "missing"}));
    let ran = place.run(push);
    assert!(
        ran.stderr.contains("`docker-credential-missing`") && ran.stderr.contains("not on `PATH`"),
        "{ran:?}"
    );

    // What others could have written is not believed.
    let configuration = place.home().join(".docker/config.json");
    fs::set_permissions(&configuration, fs::Permissions::from_mode(0o666)).unwrap();
    let ran = place.run(push);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("config.json"), "{ran:?}");
}

/// What a container registry has on its disk, given to those with a token for its repository.
fn with_tokens(containers: &ContainerRegistry) -> (Port, Port) {
    let tokens = Port::open(|request| {
        let scope = request.query("scope").unwrap_or_default();
        match request.header("authorization") {
            Some(it) if it == format!("Basic {ENCODED}") => {
                let body = json!({"token": format!("for-{scope}"), "expires_in": 300});
                Answer::new(200, "application/json", body.to_string())
            }
            _ => Answer::new(401, "application/json", "{}"),
        }
    });
    let kept = containers
        .tag("r", "t")
        .ancestors()
        .nth(7)
        .unwrap()
        .to_owned();
    let realm = tokens.url("/token");
    let asking = format!("Bearer realm=\"{realm}\",service=\"tests\",scope=\"x\"");
    let serve = move |request: &Request| {
        let refused =
            || Answer::new(401, "application/json", "{}").with("WWW-Authenticate", &asking);
        let Some(rest) = request
            .path()
            .strip_prefix("/v2/")
            .filter(|rest| !rest.is_empty())
        else {
            return refused();
        };
        let (repository, kind, name) =
            match (rest.split_once("/manifests/"), rest.split_once("/blobs/")) {
                (Some((repository, tag)), _) => (repository, "manifest", tag),
                (_, Some((repository, digest))) => (repository, "blob", digest),
                _ => return Answer::new(404, "text/plain", ""),
            };
        let token = format!("Bearer for-repository:{repository}:pull");
        if request.header("authorization") != Some(&token) {
            return refused();
        }
        let digest = match kind {
            "blob" => Some(name.to_owned()),
            _ => {
                let tags = kept
                    .join("repositories")
                    .join(repository)
                    .join("_manifests/tags");
                fs::read_to_string(tags.join(name).join("current/link")).ok()
            }
        };
        let content = digest.and_then(|digest| {
            let hex = digest.strip_prefix("sha256:")?.to_owned();
            fs::read(
                kept.join("blobs/sha256")
                    .join(&hex[..2])
                    .join(hex)
                    .join("data"),
            )
            .ok()
        });
        match content {
            Some(content) => Answer::new(200, "application/octet-stream", content),
            None => Answer::new(404, "text/plain", ""),
        }
    };
    (Port::open(serve), tokens)
}

#[test]
fn a_token_is_had_for_each_repository_and_sent_nowhere_else() {
    let Some(containers) = ContainerRegistry::start() else {
        return;
    };
    let place = Place::new();
    let folder = place.registry(&[("echo", "1.0.0")]);
    place.ok(["registry", "push", &folder, &containers.address("private")]);
    let (registry, tokens) = with_tokens(&containers);
    let host = registry.address.to_string();
    let address = format!("oci://{host}/private");
    let add = ["source", "add", "team", &address];
    let error = place.error(1, add);
    assert!(error.to_string().contains("answered 401"), "{error}");
    docker(
        &place,
        &json!({"auths": {host: {"username": LOGIN.0, "password": LOGIN.1}}}),
    );
    place.ok(add);
    tokens.forget();
    registry.forget();
    place.ok(["install", "echo"]);
    let scopes: Vec<String> = (tokens.requests().iter())
        .map(|request| request.query("scope").unwrap())
        .collect();
    assert_eq!(
        scopes,
        ["repository:private:pull", "repository:private/echo:pull"]
    );
    for request in registry.requests() {
        let sent = request.header("authorization").unwrap_or_default();
        assert!(!sent.contains(ENCODED), "{}", request.target);
        assert!(request.header("user-agent").unwrap().starts_with("annexe/"));
    }

    // Nobody is told a login over plain http.
    place.ok(["remove", "echo"]);
    let elsewhere = "Bearer realm=\"http://tokens.example/t\"";
    let head = format!("WWW-Authenticate: {elsewhere}\r\n");
    registry.fail("/v2/", [Fault::Answer(401, head, Vec::new())]);
    let mut command = place.command();
    let cache = place.beside("cache");
    command
        .env("ANNEXE_CACHE", cache)
        .args(["install", "echo", "--json"]);
    let ran = crate::support::place::Ran::of(command);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("not sent over plain `http`"), "{ran:?}");
    assert!(command_cache().exists());
}

#[test]
fn a_login_goes_nowhere_that_a_redirect_leads_to() {
    let place = Place::new();
    let elsewhere = Port::open(|request| {
        let realm = format!("http://{}/token", request.header("host").unwrap());
        Answer::new(401, "application/json", "{}")
            .with("WWW-Authenticate", &format!("Bearer realm=\"{realm}\""))
    });
    let leading = elsewhere.url("/v2/");
    let registry = Port::open(move |request| match request.path() {
        "/v2/" => Answer::new(302, "text/plain", "").with("Location", &leading),
        _ => Answer::new(401, "application/json", "{}"),
    });
    let host = registry.address.to_string();
    docker(&place, &json!({"auths": {&host: {"auth": ENCODED}}}));
    let add = ["source", "add", "team", &format!("oci://{host}/private")];
    let error = place.error(1, add);
    assert!(error.to_string().contains("answered 401"), "{error}");
    let asked = elsewhere.requests();
    let targets: Vec<&str> = asked.iter().map(|it| it.target.as_str()).collect();
    assert_eq!(targets, ["/v2/"]);
    assert_eq!(asked[0].header("authorization"), None);
}
