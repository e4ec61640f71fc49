//! Servers with certificates of a company's own authority.

use std::path::{Path, PathBuf};

use crate::support::{
    place::{Place, text, wasm},
    server::nginx::{Nginx, certificate_on},
};

/// The samples' registry behind a certificate whose key is on a curve, and the folder that the certificate is in; `None`
/// where this machine cannot have it.
fn secure(place: &Place, curve: &str) -> Option<(PathBuf, Nginx)> {
    let tls = place.path("tls");
    std::fs::create_dir(&tls).unwrap();
    certificate_on(curve, &tls)?;
    let registry = Path::new(env!("CARGO_MANIFEST_DIR")).join("registry-index");
    let server = Nginx::start_secure(&registry, &tls, "")?;
    Some((tls, server))
}

#[test]
fn registries_and_extensions_servers_are_trusted_as_the_configuration_says() {
    let place = Place::new();
    let Some((tls, server)) = secure(&place, "prime256v1") else {
        return;
    };
    let install = ["install", "paper-theme", "--registry", &server.url];
    let verb = format!("http:{}config.json", server.url);
    let guest = wasm("0.7.0");
    let call = ["call", text(&guest), "language-server-command", &verb];
    // It is on this machine, which is a private address.
    const PRIVATE: &str = "[http]\nprivate = [\"127.0.0.0/8\"]\n";
    place.configure(PRIVATE);
    for command in [&install[..], &call] {
        let ran = place.run(command.iter().copied());
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("certificate"), "{ran:?}");
        assert!(ran.stderr.contains("`root_certificates`"), "{ran:?}");
    }
    let configure = |path: &Path| {
        let text = format!("{PRIVATE}root_certificates = [{path:?}]\n");
        place.configure(&text);
    };
    for (path, code, hint) in [
        (Path::new("tls/certificate.pem"), 2, "absolute path"),
        (&tls.join("key.pem"), 1, "PEM files"),
    ] {
        configure(path);
        let error = place.error(code, install);
        assert!(
            error["message"].as_str().unwrap().contains(text(path)),
            "{error}"
        );
        assert!(error["hint"].as_str().unwrap().contains(hint), "{error}");
    }
    configure(&tls.join("certificate.pem"));
    place.ok(install);
    let answer = place.json(call);
    assert!(
        answer["args"][0].as_str().unwrap().contains("\"annexe\""),
        "{answer}"
    );
}

#[test]
fn a_certificate_on_a_curve_that_is_not_known_is_named_as_such() {
    let place = Place::new();
    let Some((tls, server)) = secure(&place, "secp521r1") else {
        return;
    };
    let trusted = tls.join("certificate.pem");
    place.configure(&format!("[http]\nroot_certificates = [{trusted:?}]\n"));
    let archive = format!("{}archive.tar.gz", server.url);
    for install in [
        vec!["install", "paper-theme", "--registry", &server.url],
        vec!["install", &archive],
    ] {
        let error = place.error(1, install);
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.contains("P-521 cannot be checked"), "{error}");
    }
}

#[test]
fn a_system_without_certificates_cannot_be_told_whom_to_trust_and_says_so() {
    let mut place = Place::new();
    let Some((tls, server)) = secure(&place, "prime256v1") else {
        return;
    };
    place.environment = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .map(|name| (name.into(), "/nonexistent".into()))
        .into();
    let install = ["install", "paper-theme", "--registry", &server.url];
    let error = place.error(1, install);
    assert!(
        error
            .to_string()
            .contains("this system has no certificates"),
        "{error}"
    );
    let hint = error["hint"].as_str().unwrap();
    assert!(
        hint.contains("`SSL_CERT_FILE`") && hint.contains("`SSL_CERT_DIR`"),
        "{error}"
    );
    let trusted = tls.join("certificate.pem");
    place.configure(&format!("[http]\nroot_certificates = [{trusted:?}]\n"));
    place.ok(install);
}
