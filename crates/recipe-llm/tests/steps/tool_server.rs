//! Tool servers as shell scripts, which read a line and print a reply.

use serde_json::{Value, json};

/// Functions of all servers.
const FUNCTIONS: &str = r#"
reply() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"; }
refuse() { printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32602,"message":"%s"}}\n' "$1" "$2"; }
text() { reply "$1" "{\"content\":[{\"type\":\"text\",\"text\":\"$2\"}]}"; }
request() {
    # Messages without a method, such as error responses, are not requests.
    line=
    while case $line in *'"method"'*) false ;; esac; do
        IFS= read -r line || exit 0
    done
    id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
}
handshake() {
    request
    # Like servers before 2026.
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

/// Configuration of a server that runs a script, which is not a template.
pub(crate) fn script(script: &str) -> Value {
    let whole = format!("{{% raw %}}{FUNCTIONS}{script}{{% endraw %}}");
    json!({"command": "sh", "args": ["-c", whole]})
}
