//! Debug adapters: where they listen, and what crosses the boundary about them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};

use annexe::{
    CallError, Extension,
    types::{
        AttachRequest, BuildTaskDefinition, BuildTaskTemplate, DebugAdapterBinary, DebugConfig,
        DebugRequest, DebugRequestKind, DebugTaskDefinition, LaunchRequest, TaskTemplate,
        TcpArguments, TcpArgumentsTemplate,
    },
};
use serde_json::{Value, json};

use crate::guest::{self, Place, ask, words};

const WITH_DEBUG_ADAPTERS: [&str; 2] = ["0.6.0", "0.7.0"];

#[tokio::test]
async fn a_template_is_filled_with_this_machine_a_free_port_and_two_seconds() {
    let host = guest::host();
    // Ports that this test holds: they are not free again before it ends.
    let mut taken = Vec::new();
    for version in WITH_DEBUG_ADAPTERS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for verb in ["tcp:-:-", "tcp:127.0.0.1:-"] {
            let [address, port, timeout] =
                <[String; 3]>::try_from(ask(&extension, &place, verb).await.unwrap()).unwrap();
            assert_eq!(
                (address.as_str(), timeout.as_str()),
                ("127.0.0.1", "2000"),
                "{version} {verb}"
            );
            let port: u16 = port.parse().unwrap();
            assert_ne!(port, 0);
            assert!(!taken.iter().any(|(other, _)| *other == port), "{port}");
            if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                taken.push((port, listener));
            }
        }
        // What is given is kept, even an address that is not this machine's.
        let found = ask(&extension, &place, "tcp:-:4711").await.unwrap();
        assert_eq!(found, ["127.0.0.1", "4711", "2000"], "{version}");
        let found = ask(&extension, &place, "tcp:203.0.113.9:65535")
            .await
            .unwrap();
        assert_eq!(found, ["203.0.113.9", "65535", "2000"], "{version}");
        let message = words(ask(&extension, &place, "tcp:203.0.113.9:-").await);
        assert!(
            message.contains("no port is free at `203.0.113.9`: "),
            "{version}: {message}"
        );
        assert_eq!(
            ask(&extension, &place, "count").await.unwrap(),
            ["6"],
            "{version}"
        );
    }
}

fn definition(template: Option<TcpArgumentsTemplate>) -> DebugTaskDefinition {
    DebugTaskDefinition {
        label: "the label".into(),
        adapter: "the adapter".into(),
        config: json!({"request": "attach"}),
        tcp_connection: template,
    }
}

async fn binary(
    extension: &Extension,
    place: &Place,
    template: Option<TcpArgumentsTemplate>,
) -> Result<DebugAdapterBinary, CallError> {
    let path = Some("/opt/adapter".to_owned());
    extension
        .get_dap_binary(
            "adapter".into(),
            definition(template),
            path,
            place.worktree(),
        )
        .await
}

#[tokio::test]
async fn a_debug_adapters_binary_comes_back_whole() {
    let host = guest::host();
    for version in WITH_DEBUG_ADAPTERS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let found = binary(&extension, &place, None).await.unwrap();
        assert_eq!(found.command.as_deref(), Some("/opt/adapter"), "{version}");
        assert_eq!(found.arguments, ["adapter", "the label", "the adapter"]);
        assert_eq!(found.envs, place.environment());
        assert_eq!(
            found.cwd,
            Some(place.worktree_dir().to_string_lossy().into_owned())
        );
        assert_eq!(found.connection, None);
        assert_eq!(
            found.request_args.configuration,
            json!({"request": "attach"})
        );
        assert_eq!(found.request_args.request, DebugRequestKind::Attach);

        // Keys stay in their order, on the way there and back.
        let mut ordered = definition(None);
        ordered.config = json!({"z": 1, "request": "launch", "a": {"y": 2.50, "x": u64::MAX}});
        let call = extension.get_dap_binary("a".into(), ordered, None, place.worktree());
        assert_eq!(
            call.await.unwrap().request_args.configuration.to_string(),
            r#"{"z":1,"request":"launch","a":{"y":2.5,"x":18446744073709551615}}"#
        );

        // A command is taken as it is: it is not joined to the work directory.
        let call = extension.get_dap_binary(
            "a".into(),
            definition(None),
            Some("bin/dap".into()),
            place.worktree(),
        );
        assert_eq!(
            call.await.unwrap().command.as_deref(),
            Some("bin/dap"),
            "{version}"
        );

        let template = TcpArgumentsTemplate {
            host: Some(IpAddr::V4(Ipv4Addr::new(10, 1, 2, 255))),
            port: Some(80),
            timeout: Some(u64::MAX),
        };
        let expected = TcpArguments {
            host: IpAddr::V4(Ipv4Addr::new(10, 1, 2, 255)),
            port: 80,
            timeout: Some(u64::MAX),
        };
        let found = binary(&extension, &place, Some(template)).await.unwrap();
        assert_eq!(found.connection, Some(expected), "{version}");
    }
}

#[tokio::test]
async fn an_ipv6_address_is_refused_before_it_reaches_a_guest_that_has_none() {
    let host = guest::host();
    for version in WITH_DEBUG_ADAPTERS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for address in [Ipv6Addr::LOCALHOST, Ipv4Addr::LOCALHOST.to_ipv6_mapped()] {
            let template = TcpArgumentsTemplate {
                host: Some(IpAddr::V6(address)),
                ..Default::default()
            };
            let error = binary(&extension, &place, Some(template))
                .await
                .unwrap_err();
            let CallError::Arguments { export, message } = &error else {
                panic!("{version}: {error:?}");
            };
            assert_eq!(export, "get-dap-binary");
            assert!(message.contains(&address.to_string()), "{message}");
        }
        assert_eq!(
            ask(&extension, &place, "count").await.unwrap(),
            ["1"],
            "{version}: no guest was asked"
        );
    }
}

#[tokio::test]
async fn what_a_person_chose_becomes_a_scenario_with_every_field() {
    let host = guest::host();
    let launch = DebugRequest::Launch(LaunchRequest {
        program: "a.out".into(),
        cwd: Some("/tmp".into()),
        args: vec!["-x".into(), String::new()],
        envs: vec![("A".into(), "b".into())],
    });
    let attach = |process_id| DebugRequest::Attach(AttachRequest { process_id });
    let table = [
        (
            launch,
            Some(true),
            json!({"request": "launch", "program": "a.out", "cwd": "/tmp", "args": ["-x", ""], "env": ["A=b"], "stopOnEntry": true}),
        ),
        (
            attach(Some(u32::MAX)),
            Some(false),
            json!({"request": "attach", "processId": u32::MAX, "stopOnEntry": false}),
        ),
        (
            attach(None),
            None,
            json!({"request": "attach", "processId": null, "stopOnEntry": null}),
        ),
    ];
    for version in WITH_DEBUG_ADAPTERS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for (request, stop_on_entry, expected) in table.clone() {
            let config = DebugConfig {
                label: "l".into(),
                adapter: "a".into(),
                request,
                stop_on_entry,
            };
            let scenario = extension.dap_config_to_scenario(config).await.unwrap();
            assert_eq!(
                (scenario.label.as_str(), scenario.adapter.as_str()),
                ("l", "a"),
                "{version}"
            );
            assert_eq!((scenario.build, scenario.tcp_connection), (None, None));
            assert_eq!(scenario.config, expected, "{version}");
        }
    }
}

#[tokio::test]
async fn a_locator_builds_in_every_form_and_launches_or_attaches() {
    let host = guest::host();
    let task = TaskTemplate {
        label: "build".into(),
        command: "make".into(),
        args: vec!["all".into()],
        env: vec![("A".into(), "b".into())],
        cwd: Some("/tmp".into()),
    };
    let template = BuildTaskTemplate {
        locator_name: Some("cargo".into()),
        template: task.clone(),
    };
    let table = [
        ("no-build", None),
        ("by-name", Some(BuildTaskDefinition::ByName("build".into()))),
        ("cargo", Some(BuildTaskDefinition::Template(template))),
    ];
    for version in WITH_DEBUG_ADAPTERS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let create = |locator: &str| {
            extension.dap_locator_create_scenario(
                locator.into(),
                task.clone(),
                "l".into(),
                "a".into(),
            )
        };
        assert_eq!(create("none").await.unwrap(), None);
        for (locator, build) in &table {
            let scenario = create(locator).await.unwrap().unwrap();
            assert_eq!(&scenario.build, build, "{version} {locator}");
            let connection = scenario.tcp_connection.unwrap();
            assert_eq!(connection.host, Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
            assert_eq!(
                (connection.port, connection.timeout),
                (Some(4711), Some(2000))
            );
        }
        let run = |locator: &str| extension.run_dap_locator(locator.into(), task.clone());
        let launch = LaunchRequest {
            program: "make".into(),
            cwd: Some("/tmp".into()),
            args: vec!["all".into()],
            envs: vec![("A".into(), "b".into())],
        };
        assert_eq!(
            run("cargo").await.unwrap(),
            DebugRequest::Launch(launch),
            "{version}"
        );
        let attach = DebugRequest::Attach(AttachRequest {
            process_id: Some(7),
        });
        assert_eq!(run("attach").await.unwrap(), attach, "{version}");
    }
}

#[tokio::test]
async fn the_kind_of_a_request_is_read_by_the_guest() {
    let host = guest::host();
    for version in WITH_DEBUG_ADAPTERS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let kind = |config: Value| extension.dap_request_kind("a".into(), config);
        assert_eq!(
            kind(json!({"request": "launch"})).await.unwrap(),
            DebugRequestKind::Launch
        );
        assert_eq!(
            kind(json!({"request": "attach"})).await.unwrap(),
            DebugRequestKind::Attach
        );
        for none in [json!({}), json!("no object"), Value::Null] {
            assert!(words(kind(none).await).contains("no request"), "{version}");
        }
    }
}
