//! Response schemas: requested schemas, matching responses, and rejected schemas.

use insta::assert_snapshot;
use recipe_core::Context;
use serde_json::{Value, json};

use crate::scripted::{Scripted, text};

/// Runs a step with this response. Returns the artifact or error, and the schema of the request.
async fn respond(format: &Value, response: &Value) -> (Result<Value, String>, Value) {
    let model = Scripted::new((0..3).map(|_| text(response.to_string())));
    let config = json!({"prompt": "p", "model": "scripted/one", "output_format": format, "output_key": "out"});
    let outcome = model.generate_in(config, Context::new()).await;
    let requests = model.requests.lock().unwrap();
    let requested = requests.first().and_then(|request| request.schema.clone());
    let result = match outcome.result {
        Ok(()) => Ok(outcome.artifact("out")),
        Err(_) => Err(outcome.error()),
    };
    (
        result,
        requested.map_or(Value::Null, |schema| schema.schema),
    )
}

/// The error of a schema, from its field on.
async fn rejection(format: Value) -> String {
    let (result, requested) = respond(&format, &Value::Null).await;
    assert_eq!(requested, Value::Null, "{format}");
    let error = result.unwrap_err();
    let (_, message) = error.split_once("(llm_generate): ").unwrap();
    message.to_owned() + "\n"
}

async fn rejections(formats: impl IntoIterator<Item = Value>) -> String {
    let mut all = String::new();
    for format in formats {
        all += &rejection(format).await;
    }
    all
}

/// Output of pydantic 2.14.4: schemas, and the responses it accepts.
fn models() -> impl Iterator<Item = (String, Value)> {
    let models: Value = serde_json::from_str(include_str!("pydantic_models.json")).unwrap();
    let Value::Object(models) = models else {
        panic!("an object")
    };
    models.into_iter()
}

fn without_titles(mut schema: Value) -> Value {
    let keywords = schema.as_object_mut().unwrap();
    keywords.remove("title");
    let items = &mut schema["properties"]["items"];
    items.as_object_mut().unwrap().remove("title");
    schema
}

#[tokio::test(start_paused = true)]
async fn lists_of_models_are_requested_as_by_pydantic() {
    for (name, model) in models() {
        let expected = without_titles(model["in_object"].clone());
        for format in [&json!([model["schema"]]), &model["list"]] {
            let (result, requested) = respond(format, &json!({"items": []})).await;
            assert_eq!(result, Ok(json!([])), "{name}");
            if requested["properties"]["items"]["items"]
                .get("$ref")
                .is_some()
            {
                assert_eq!(requested, expected, "{name}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn responses_match_if_pydantic_accepts_them() {
    let mut seen = 0;
    for (name, model) in models() {
        for case in model["answers"].as_array().unwrap() {
            let (response, fits) = (&case["answer"], case["fits"].as_bool().unwrap());
            let (result, requested) = respond(&model["schema"], response).await;
            assert_eq!(result.is_ok(), fits, "{name}: {response}: {result:?}");
            // Even if pydantic prints a reference.
            assert_eq!(requested["type"], "object", "{name}");
            let list = json!([response, response]);
            for format in [&json!([model["schema"]]), &model["list"]] {
                for response in [&json!({ "items": list }), &list] {
                    let (result, _) = respond(format, response).await;
                    assert_eq!(result.is_ok(), fits, "{name}: {response}: {result:?}");
                    assert!(result.is_err() || result == Ok(list.clone()), "{name}");
                }
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 20);
}

#[tokio::test(start_paused = true)]
async fn references_in_items_keep_their_targets() {
    let child = |reference: &str| json!({"type": "array", "items": {"$ref": reference}});
    let node = |reference: &str| json!({"type": "object", "properties": {"n": {"type": "integer"}, "next": child(reference)}, "required": ["n"]});
    let with = |mut schema: Value, more: Value| {
        let more = more.as_object().unwrap().clone();
        schema.as_object_mut().unwrap().extend(more);
        schema
    };
    let recursive = [
        node("#"),
        with(node("#node"), json!({"$anchor": "node"})),
        with(node("node"), json!({"$id": "node"})),
        with(
            node("https://example.com/node"),
            json!({"$id": "https://example.com/node"}),
        ),
        with(node("#"), json!({"$id": "https://example.com/node"})),
        with(
            node("#/$defs/node"),
            json!({"$defs": {"node": {"$ref": "#"}}}),
        ),
        with(
            node("#/definitions/node"),
            json!({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"node": node("#/definitions/node")}}),
        ),
        with(
            node("#/components/schemas/node"),
            json!({"components": {"schemas": {"node": node("#")}}}),
        ),
        with(
            node("#/$defs/a~1b/items"),
            json!({"$defs": {"a/b": {"items": node("#")}}}),
        ),
        with(node("#/$defs/a%25b"), json!({"$defs": {"a%b": node("#")}})),
        with(
            node("#/$defs/Größe"),
            json!({"$defs": {"Größe": node("#/$defs/Größe")}}),
        ),
        with(
            node("#/$defs/item"),
            json!({"$defs": {"item": node("#"), "item_2": {}}}),
        ),
        with(
            node("item"),
            json!({"$defs": {"bundled": with(node("#"), json!({"$id": "item"}))}}),
        ),
    ];
    let right = json!({"n": 1, "next": [{"n": 2, "next": [{"n": 3}]}]});
    let wrong = json!({"n": 1, "next": [{"n": 2, "next": [{"n": "three"}]}]});
    let wrapped = json!({"n": 1, "next": [{"items": []}]});
    for schema in recursive {
        let (result, requested) = respond(&schema, &right).await;
        assert_eq!(result, Ok(right.clone()), "{schema} {requested}");
        assert!(respond(&schema, &wrong).await.0.is_err(), "{schema}");
        let (format, list) = (json!([schema]), json!([right, right]));
        let (result, requested) = respond(&format, &list).await;
        assert_eq!(result, Ok(list), "{format} {requested}");
        for response in [&wrong, &wrapped] {
            let (result, requested) = respond(&format, &json!([response])).await;
            assert!(result.is_err(), "{format} {requested}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn recursive_schemas_become_a_definition() {
    let node = json!({"type": "object", "properties": {"next": {"$ref": "#"}, "last": {"$ref": "#/properties/next"}}});
    let (_, requested) = respond(&json!([node]), &json!([])).await;
    assert_eq!(
        requested,
        json!({
            "type": "object",
            "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/item"}}},
            "required": ["items"],
            "additionalProperties": false,
            "$defs": {"item": {"type": "object", "properties": {"next": {"$ref": "#/$defs/item"}, "last": {"$ref": "#/$defs/item/properties/next"}}}},
        })
    );
    let (_, requested) = respond(&node, &json!({})).await;
    let mut response = json!({"type": "object", "properties": {"next": {"$ref": "#/$defs/answer"}, "last": {"$ref": "#/$defs/answer/properties/next"}}});
    let definition = response.clone();
    response["$defs"] = json!({ "answer": definition });
    assert_eq!(requested, response);
    // The mapping of a discriminator also holds references.
    let union = json!({"type": "object", "oneOf": [{"$ref": "#/$defs/a"}], "discriminator": {"propertyName": "k", "mapping": {"a": "#/$defs/a", "b": "#"}}, "$defs": {"a": {}}});
    let (_, requested) = respond(&json!([union]), &json!([])).await;
    let mapping = &requested["$defs"]["item"]["discriminator"]["mapping"];
    assert_eq!(*mapping, json!({"a": "#/$defs/a", "b": "#/$defs/item"}));
}

#[tokio::test(start_paused = true)]
async fn a_list_at_the_root_is_requested_as_a_list() {
    let format = json!({"type": "array", "items": {"type": "integer"}, "minItems": 2});
    let (result, requested) = respond(&format, &json!({"items": [1, 2]})).await;
    assert_eq!(result, Ok(json!([1, 2])));
    assert_eq!(requested["properties"]["items"], format);
    assert_eq!(
        respond(&format, &json!([1, 2, 3])).await.0,
        Ok(json!([1, 2, 3]))
    );
    assert_snapshot!(respond(&format, &json!([1])).await.0.unwrap_err(), @"r: step 0 (llm_generate): scripted/one, after 3 responses: the response does not match its schema: /items: it has less than 2 items");
    assert_eq!(
        respond(&json!({"type": "array"}), &json!([1, "a"])).await.0,
        Ok(json!([1, "a"]))
    );
    assert_eq!(
        respond(&json!({"type": "list"}), &json!([])).await.0,
        Ok(json!([]))
    );
    // A recursive list.
    let nested = json!({"type": "array", "items": {"anyOf": [{"type": "integer"}, {"$ref": "#"}]}});
    assert_eq!(
        respond(&nested, &json!([1, [2, [3]]])).await.0,
        Ok(json!([1, [2, [3]]]))
    );
    assert!(respond(&nested, &json!([1, ["2"]])).await.0.is_err());
    let lists = json!([{"type": "array", "items": {"type": "integer"}}]);
    assert_eq!(
        respond(&lists, &json!([[1], [2, 3]])).await.0,
        Ok(json!([[1], [2, 3]]))
    );
}

#[tokio::test(start_paused = true)]
async fn null_is_accepted_if_nullable() {
    let format = json!({"type": "object", "properties": {"a": {"type": "string", "nullable": true}, "b": {"type": "integer", "nullable": false}}, "required": ["a"]});
    let (result, requested) = respond(&format, &json!({"a": null})).await;
    assert_eq!(result, Ok(json!({"a": null})));
    assert_eq!(
        requested["properties"]["a"],
        json!({"type": ["string", "null"]})
    );
    assert!(
        respond(&format, &json!({"a": "x", "b": null}))
            .await
            .0
            .is_err()
    );
    assert!(respond(&format, &json!({"a": 1})).await.0.is_err());
    let items = json!([{"type": "string", "nullable": true}]);
    assert_eq!(
        respond(&items, &json!(["a", null])).await.0,
        Ok(json!(["a", null]))
    );
    // In OpenAPI 3.0.3 an `enum` must list null itself.
    let choice = |choices: Value| json!({"type": "object", "properties": {"a": {"type": "string", "nullable": true, "enum": choices}}});
    assert!(
        respond(&choice(json!(["x", null])), &json!({"a": null}))
            .await
            .0
            .is_ok()
    );
    assert!(
        respond(&choice(json!(["x"])), &json!({"a": null}))
            .await
            .0
            .is_err()
    );
}

#[tokio::test(start_paused = true)]
async fn formats_are_validated() {
    for (format, right, wrong) in [
        ("date", "2024-02-29", "2023-02-29"),
        ("date", "2024-02-29", "29.2.2024"),
        ("date-time", "2024-02-29T12:30:00Z", "2024-02-29 at noon"),
        ("time", "12:30:00Z", "half past twelve"),
        ("duration", "P3DT4H", "three days"),
        ("email", "ada@example.com", "ada at example.com"),
        ("hostname", "example.com", "-example"),
        ("ipv4", "192.0.2.1", "192.0.2.256"),
        ("ipv6", "2001:db8::1", "2001:db8::g"),
        ("uri", "https://example.com/a?b", "example"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("regex", "^a+$", "("),
        ("json-pointer", "/a/0", "a/0"),
    ] {
        let schema =
            json!({"type": "object", "properties": {"a": {"type": "string", "format": format}}});
        assert!(
            respond(&schema, &json!({"a": right})).await.0.is_ok(),
            "{format}"
        );
        let (result, _) = respond(&schema, &json!({"a": wrong})).await;
        let expected = format!("/a: it is not a {format:?}");
        assert!(
            result
                .clone()
                .is_err_and(|error| error.ends_with(&expected)),
            "{result:?}"
        );
    }
    // Formats that JSON Schema does not define are ignored.
    let schema = json!([{"type": "string", "format": "color"}]);
    assert!(respond(&schema, &json!(["red"])).await.0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn schema_errors_have_locations() {
    let inside = |schema: Value| json!({"type": "object", "properties": {"a": {"type": "array", "items": schema}}});
    assert_snapshot!(rejections([
        inside(json!({"type": "int"})),
        inside(json!({"type": ["string", "None"]})),
        inside(json!({"type": "string", "required": true})),
        inside(json!({"type": "string", "pattern": "("})),
        inside(json!({"minLength": -1})),
        inside(json!({"enum": "a"})),
        inside(json!("string")),
        inside(json!([{"type": "string", "description": "More than is of use in a message about a schema."}])),
        json!([inside(json!({"type": "str"}))]),
        json!({"type": "object", "$defs": {"x": {"anyOf": [{}, {"type": "dict"}]}}}),
        json!({"type": "object", "$schema": "https://example.com/mine"}),
    ]).await);
}

#[tokio::test(start_paused = true)]
async fn unresolvable_references_are_rejected() {
    let with = |reference: &str, more: Value| json!({"type": "object", "properties": {"a": {"$ref": reference}}, "$defs": more});
    assert_snapshot!(
        rejections([
            with("https://example.com/x.json", json!({})),
            with("other.json#/$defs/x", json!({})),
            with("file:///etc/passwd", json!({})),
            with("http://json-schema.org/draft-07/schema#", json!({})),
            json!([with("//example.com/x", json!({}))]),
            with("#/$defs/x", json!({})),
            with("#x", json!({})),
            with(
                "#/$defs/x",
                json!({"x": {"$ref": "#/$defs/y"}, "y": {"$ref": "#/$defs/x"}})
            ),
            json!({"$ref": "#"}),
        ])
        .await
    );
}

#[tokio::test(start_paused = true)]
async fn a_root_that_is_neither_object_nor_list_is_rejected() {
    assert_snapshot!(
        rejections([
            json!({}),
            json!({"type": "string"}),
            json!({"type": ["object", "string"]}),
            json!({"anyOf": [{"type": "object"}, {"type": "array"}]}),
            json!({"$ref": "#/$defs/x", "$defs": {"x": {"enum": ["a"]}}}),
        ])
        .await
    );
}
