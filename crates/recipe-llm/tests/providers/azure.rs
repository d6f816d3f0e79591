//! OpenAI's models on Azure: address, deployment and authentication.

use std::time::Duration;

use super::*;

const CONFIG: &[(&str, &str)] = &[("azure_openai_base_url", ""), ("azure_openai_api_key", KEY)];

fn rain() -> Reply {
    Reply::json(&json!({"choices": [{"message": {"content": "Rain."}, "finish_reason": "stop"}]}))
}

fn rain_as_response() -> Reply {
    Reply::json(&json!({"status": "completed", "output": [
        {"type": "message", "content": [{"type": "output_text", "text": "Rain."}]},
    ]}))
}

#[tokio::test]
async fn chat_has_the_deployment_in_its_address() {
    let (received, response) = ask("azure/gpt-4o/my deployment", CONFIG, &limited(), rain()).await;
    insta::assert_snapshot!(received, @r#"
    POST /openai/deployments/my%20deployment/chat/completions?api-version=2025-03-01-preview
    api-key: sk-very-secret
    content-type: application/json

    {
      "model": "gpt-4o",
      "messages": [
        {
          "role": "user",
          "content": "What is it like outside?"
        }
      ],
      "max_completion_tokens": 100,
      "temperature": 0.5
    }
    "#);
    assert_eq!(response.unwrap().text, "Rain.");
}

#[tokio::test]
async fn responses_has_the_deployment_in_its_request() {
    let reply = rain_as_response();
    let (received, response) = ask("azure_responses/gpt-4o/mine", CONFIG, &limited(), reply).await;
    insta::assert_snapshot!(received, @r#"
    POST /openai/responses?api-version=2025-03-01-preview
    api-key: sk-very-secret
    content-type: application/json

    {
      "model": "mine",
      "input": [
        {
          "role": "user",
          "content": "What is it like outside?"
        }
      ],
      "max_output_tokens": 100,
      "temperature": 0.5
    }
    "#);
    assert_eq!(response.unwrap().text, "Rain.");
}

#[tokio::test]
async fn the_deployment_defaults_to_the_configuration_then_to_the_model() {
    let server = Server::start([rain(), rain()]).await;
    let url = format!("{}/", server.url());
    let mut config = vec![
        ("azure_openai_base_url", url.as_str()),
        ("azure_openai_api_key", KEY),
        ("azure_openai_api_version", "2024-10-21"),
    ];
    let model = find("azure/gpt-4o", &config).unwrap();
    model.respond(&question()).await.unwrap();
    config.push(("azure_openai_deployment_name", "configured"));
    let model = find("azure/gpt-4o", &config).unwrap();
    model.respond(&question()).await.unwrap();
    let paths: Vec<String> = server.received().into_iter().map(|one| one.path).collect();
    assert_eq!(
        paths,
        [
            "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
            "/openai/deployments/configured/chat/completions?api-version=2024-10-21",
        ]
    );
}

#[tokio::test]
async fn the_managed_identity_is_requested_once() {
    let token =
        json!({"access_token": "from-identity", "expires_in": "3599", "token_type": "Bearer"});
    let server = Server::start([Reply::json(&token), rain(), rain()]).await;
    let (url, identity) = (server.url(), format!("{}/identity", server.url()));
    let config: Map<String, Value> = serde_json::from_value(json!({
        "azure_openai_base_url": url,
        "azure_use_managed_identity": true,
        "azure_identity_endpoint": identity,
        "azure_client_id": "me",
    }))
    .unwrap();
    let providers = Providers::new();
    for _ in 0..2 {
        // Like two steps, each with a clone.
        let name = "azure/gpt-4o".parse().unwrap();
        let model = providers.clone().model(&name, &config).unwrap();
        model.respond(&question()).await.unwrap();
    }
    let received = server.received();
    assert_eq!(received.len(), 3);
    insta::assert_snapshot!(received[0], @"
    GET /identity?api-version=2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com&client_id=me
    metadata: true
    ");
    for request in &received[1..] {
        assert_eq!(
            request.header("authorization"),
            Some("Bearer from-identity")
        );
        assert_eq!(request.header("api-key"), None);
    }
}

#[tokio::test]
async fn a_token_that_expires_soon_is_not_cached() {
    let token = || Reply::json(&json!({"access_token": "from-identity", "expires_in": 60}));
    let server = Server::start([token(), rain(), token(), rain()]).await;
    let (url, identity) = (server.url(), format!("{}/identity", server.url()));
    let config = [
        ("azure_openai_base_url", url.as_str()),
        ("azure_use_managed_identity", "True"),
        ("azure_identity_endpoint", &identity),
    ];
    let model = find("azure/gpt-4o", &config).unwrap();
    model.respond(&question()).await.unwrap();
    model.respond(&question()).await.unwrap();
    assert_eq!(server.received().len(), 4);
}

#[tokio::test]
async fn app_service_has_its_own_identity() {
    let token = json!({"access_token": "from-app", "expires_on": "4102444800"});
    let server = Server::start([Reply::json(&token), rain()]).await;
    let (url, identity) = (server.url(), format!("{}/msi/token", server.url()));
    let config = [
        ("azure_openai_base_url", url.as_str()),
        ("azure_use_managed_identity", "true"),
        ("identity_endpoint", &identity),
        ("identity_header", KEY),
    ];
    let model = find("azure/gpt-4o", &config).unwrap();
    model.respond(&question()).await.unwrap();
    insta::assert_snapshot!(server.received()[0], @"
    GET /msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fcognitiveservices.azure.com
    metadata: true
    x-identity-header: sk-very-secret
    ");
}

#[tokio::test]
async fn a_missing_identity_is_reported() {
    let error = json!({"error": "invalid_request", "error_description": "Identity not found"});
    let server = Server::start([Reply::json(&error).status(400)]).await;
    let (url, identity) = (server.url(), format!("{}/identity", server.url()));
    let config = [
        ("azure_openai_base_url", url.as_str()),
        ("azure_use_managed_identity", "true"),
        ("azure_identity_endpoint", &identity),
    ];
    let model = find("azure/gpt-4o", &config).unwrap();
    let error = model.respond(&question()).await.unwrap_err();
    insta::assert_snapshot!(shown(&error).replace(&url, "http://SERVER"), @"cannot get a token from http://SERVER/identity: Identity not found");
    assert!(!error.is_transient());
}

#[cfg(unix)]
#[tokio::test]
async fn the_token_of_a_command_is_cached() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    let command = format!("echo >> {}; echo from-command", count.display());
    let server = Server::start([rain(), rain()]).await;
    let url = server.url();
    let config = [
        ("azure_openai_base_url", url.as_str()),
        ("azure_token_command", &command),
    ];
    let model = find("azure/gpt-4o", &config).unwrap();
    model.respond(&question()).await.unwrap();
    model.respond(&question()).await.unwrap();
    for request in server.received() {
        assert_eq!(request.header("authorization"), Some("Bearer from-command"));
    }
    assert_eq!(std::fs::read_to_string(&count).unwrap(), "\n");
}

#[cfg(unix)]
#[tokio::test]
async fn a_failed_command_is_reported_with_its_output() {
    let mut errors = Vec::new();
    for command in [
        "echo 'not logged in' >&2; exit 3",
        "exit 4",
        "true",
        "printf '\\377'",
        "echo 'a\nb'",
    ] {
        let config = [
            ("azure_openai_base_url", "http://127.0.0.1:9"),
            ("azure_token_command", command),
        ];
        let model = find("azure/gpt-4o", &config).unwrap();
        errors.push(shown(&model.respond(&question()).await.unwrap_err()));
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    cannot get a token from azure_token_command: exit status: 3: not logged in
    cannot get a token from azure_token_command: exit status: 4
    cannot get a token from azure_token_command: no output
    cannot get a token from azure_token_command: output is not UTF-8
    invalid azure_token_command: invalid character for an HTTP header
    ");
}

/// A model whose token comes from a command.
#[cfg(unix)]
fn with_command(command: &str) -> Arc<dyn Model> {
    let config = [
        ("azure_openai_base_url", "http://127.0.0.1:9"),
        ("azure_token_command", command),
    ];
    find("azure/gpt-4o", &config).unwrap()
}

/// Waits for a file of process IDs, separated by spaces.
#[cfg(target_os = "linux")]
async fn pids(file: &std::path::Path) -> Vec<String> {
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        // The end of the line is written last.
        if text.ends_with('\n') {
            return text.split_whitespace().map(str::to_owned).collect();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until a process has exited, possibly as a zombie.
#[cfg(target_os = "linux")]
async fn ended(pid: &str) {
    let is_running = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "))
    };
    let gone = async {
        while is_running() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(30), gone).await;
    gone.unwrap_or_else(|_| panic!("process {pid} still runs"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_hanging_command_is_killed_with_its_processes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pids");
    let command = format!(
        "trap '' TERM; sleep 1000 & echo $! $$ > {}; wait",
        file.display()
    );
    let model = with_command(&command);
    let request = question();
    let pids = tokio::select! {
        response = model.respond(&request) => panic!("{response:?}"),
        pids = pids(&file) => pids,
    };
    assert_eq!(pids.len(), 2);
    for pid in pids {
        ended(&pid).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn leftover_processes_of_a_command_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pids");
    let command = format!("sleep 1000 & echo $! > {}; echo token", file.display());
    let error = with_command(&command)
        .respond(&question())
        .await
        .unwrap_err();
    // The token was fetched; the provider does not exist.
    assert!(matches!(error, ModelError::Connection(_)), "{error}");
    for pid in pids(&file).await {
        ended(&pid).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_process_outside_the_group_is_not_awaited() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pids");
    let command = format!(
        "setsid sh -c 'echo $$ > {0}; exec sleep 30' & until [ -s {0} ]; do sleep 0.01; done; echo token",
        file.display()
    );
    let error = with_command(&command)
        .respond(&question())
        .await
        .unwrap_err();
    assert!(matches!(error, ModelError::Connection(_)), "{error}");
    let pids = pids(&file).await;
    let killed = std::process::Command::new("kill").args(&pids).status();
    assert!(killed.unwrap().success(), "it still ran");
}
