//! Servers of tools that are shell scripts: they read a line, and print what they are told to.

use serde_json::{Value, json};

/// What every server here does: says hello, and has tools.
const BEGINNING: &str = r#"
reply() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"; }
refuse() { printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32602,"message":"%s"}}\n' "$1" "$2"; }
text() { reply "$1" "{\"content\":[{\"type\":\"text\",\"text\":\"$2\"}]}"; }
request() {
    # What the client says of lines that are no messages is no request.
    line=
    while case $line in *'"method"'*) false ;; esac; do
        IFS= read -r line || exit 0
    done
    id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
}
hello() {
    request
    # As servers of before 2026 do.
    case $line in *'"server/discover"'*)
        printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"Method not found"}}\n' "$id"
        request
        ;;
    esac
    reply "$id" '{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"script","version":"1"}}'
    request
}
tools() {
    request
    list=
    for name in "$@"; do
        list="$list,{\"name\":\"$name\",\"description\":\"Does $name.\",\"inputSchema\":{\"type\":\"object\"}}"
    done
    reply "$id" "{\"tools\":[${list#,}]}"
}
"#;

/// A server that runs this script, as a step's configuration has it. Scripts are no templates.
pub(crate) fn script(script: &str) -> Value {
    let whole = format!("{{% raw %}}{BEGINNING}{script}{{% endraw %}}");
    json!({"command": "sh", "args": ["-c", whole]})
}
