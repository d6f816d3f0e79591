//! References inside a schema. Servers support little more than `#/$defs/name`, so identifiers and
//! anchors become such pointers; references out of the document are rejected.

use std::collections::HashSet;

use jsonschema::{Uri, uri};
use recipe_core::document::Pointer;
use recipe_core::internal::subschemas;
use serde_json::{Map, Value};

use super::schema_error::{SchemaError, SchemaErrorKind};

/// Locations of all schemas in a document: those in schema positions, and the targets of
/// references.
///
/// # Errors
/// If a reference has no target, leaves the document, or refers to itself.
pub(super) fn all_schemas(root: &Value) -> Result<Vec<Pointer>, SchemaError> {
    Ok(Document::new(root)?.locations)
}

/// Rewrites all references as pointers from the root, and removes identifiers that are no longer
/// needed.
///
/// # Errors
/// As for [`all_schemas`].
pub(super) fn simplify(root: &mut Value) -> Result<(), SchemaError> {
    let document = Document::new(root)?;
    let mut plain = Vec::new();
    for at in &document.locations {
        if let Some(reference) = reference(value_at(root, at)) {
            let target = document.resolve(at, reference)?;
            if target_of(root, reference).as_ref() != Some(&target) {
                plain.push((at.clone(), reference_to(&target)));
            }
        }
    }
    let has_identifiers = document.resources.len() > 1 || root.get("$id").is_some();
    for at in &document.locations {
        let Some(schema) = schema_mut(root, at) else {
            continue;
        };
        if has_identifiers {
            schema.shift_remove("$id");
        }
        schema.shift_remove("$anchor");
    }
    for (at, reference) in plain {
        if let Some(schema) = schema_mut(root, &at) {
            schema.insert("$ref".to_owned(), reference.into());
        }
    }
    Ok(())
}

/// The schema object at a location.
pub(super) fn schema_mut<'v>(
    root: &'v mut Value,
    at: &Pointer,
) -> Option<&'v mut Map<String, Value>> {
    root.pointer_mut(&at.to_json_pointer())?.as_object_mut()
}

/// The target of a plain reference.
pub(super) fn target_of(root: &Value, reference: &str) -> Option<Pointer> {
    let pointer = decode(reference.strip_prefix('#')?)?;
    locate(root, &pointer)
}

pub(super) fn value_at<'v>(root: &'v Value, at: &Pointer) -> &'v Value {
    root.pointer(&at.to_json_pointer()).unwrap_or(&Value::Null)
}

pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()
}

/// A document with its schemas and the names that references can use.
struct Document<'v> {
    root: &'v Value,
    locations: Vec<Pointer>,
    /// Schemas with an address, the root first; their references are relative to it.
    resources: Vec<(Uri<String>, Pointer)>,
    /// Anchors: resource, name, location.
    anchors: Vec<(usize, String, Pointer)>,
}

impl<'v> Document<'v> {
    fn new(root: &'v Value) -> Result<Self, SchemaError> {
        let mut document = Self {
            root,
            locations: Vec::new(),
            resources: vec![(base(), Pointer::default())],
            anchors: Vec::new(),
        };
        document.add(&Pointer::default())?;
        // References may lead to schemas anywhere in the document.
        let mut known: HashSet<Pointer> = document.locations.iter().cloned().collect();
        let mut next = 0;
        while let Some(at) = document.locations.get(next).cloned() {
            next += 1;
            let Some(reference) = reference(value_at(root, &at)) else {
                continue;
            };
            let target = document.resolve(&at, reference)?;
            if !known.contains(&target) {
                document.add(&target)?;
                known.extend(document.locations.iter().cloned());
            }
        }
        document.check_circles()?;
        Ok(document)
    }

    /// Adds the schemas at and below a location.
    fn add(&mut self, at: &Pointer) -> Result<(), SchemaError> {
        for (inner, schema) in subschemas(value_at(self.root, at)) {
            let at = at.join(&inner);
            if let Some(id) = schema.get("$id").and_then(Value::as_str) {
                self.identify(&at, id)?;
            }
            for keyword in ["$anchor", "$dynamicAnchor"] {
                if let Some(name) = schema.get(keyword).and_then(Value::as_str) {
                    let resource = self.resource_of(&at);
                    self.anchors.push((resource, name.to_owned(), at.clone()));
                }
            }
            self.locations.push(at);
        }
        Ok(())
    }

    /// Records the identifier of a schema. Up to draft 7, an identifier that begins with `#` is an
    /// anchor.
    fn identify(&mut self, at: &Pointer, id: &str) -> Result<(), SchemaError> {
        if let Some(name) = id.strip_prefix('#') {
            if !name.is_empty() {
                let resource = self.resource_of(at);
                self.anchors.push((resource, name.to_owned(), at.clone()));
            }
            return Ok(());
        }
        let address = id.split('#').next().unwrap_or(id);
        let resolved = self.address(at, address).map_err(|()| {
            let kind = SchemaErrorKind::Invalid(format!("invalid address: {id}"));
            SchemaError::new(at.key("$id"), kind)
        })?;
        if *at == Pointer::default() {
            self.resources[0].0 = resolved;
        } else {
            self.resources.push((resolved, at.clone()));
        }
        Ok(())
    }

    /// The innermost resource around a location.
    fn resource_of(&self, at: &Pointer) -> usize {
        let at = at.to_json_pointer();
        let holds = |holder: &Pointer| {
            let holder = holder.to_json_pointer();
            let rest = at.strip_prefix(&holder);
            let is_inside = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            is_inside.then_some(holder.len())
        };
        let resources = self.resources.iter().enumerate();
        let inner = resources.filter_map(|(index, (_, holder))| Some((holds(holder)?, index)));
        inner.max().map_or(0, |(_, index)| index)
    }

    fn address(&self, at: &Pointer, address: &str) -> Result<Uri<String>, ()> {
        let (base, _) = &self.resources[self.resource_of(at)];
        uri::resolve_against(&base.borrow(), address).map_err(|_| ())
    }

    /// The target of the reference of the schema at `at`.
    fn resolve(&self, at: &Pointer, reference: &str) -> Result<Pointer, SchemaError> {
        let error = |kind: fn(String) -> SchemaErrorKind| {
            SchemaError::new(at.key("$ref"), kind(reference.to_owned()))
        };
        let (address, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let resource = if address.is_empty() {
            self.resource_of(at)
        } else {
            let address = self.address(at, address);
            let address = address.map_err(|()| error(SchemaErrorKind::Remote))?;
            let found = self
                .resources
                .iter()
                .position(|(known, _)| *known == address);
            found.ok_or_else(|| error(SchemaErrorKind::Remote))?
        };
        let (_, holder) = &self.resources[resource];
        let nowhere = || error(SchemaErrorKind::NoTarget);
        let fragment = decode(fragment).ok_or_else(nowhere)?;
        if let Some(inner) = locate(value_at(self.root, holder), &fragment) {
            return Ok(holder.join(&inner));
        }
        let anchors = self.anchors.iter();
        let mut named = anchors.filter(|(of, name, _)| *of == resource && *name == fragment);
        named
            .next()
            .map(|(_, _, at)| at.clone())
            .ok_or_else(nowhere)
    }

    /// Fails on references that lead only to one another.
    fn check_circles(&self) -> Result<(), SchemaError> {
        for start in &self.locations {
            let mut at = start.clone();
            let mut passed = HashSet::new();
            while let Some(next) = reference(value_at(self.root, &at)) {
                if !passed.insert(at.clone()) {
                    let first = reference(value_at(self.root, start)).unwrap_or_default();
                    let kind = SchemaErrorKind::Circle(first.to_owned());
                    return Err(SchemaError::new(start.key("$ref"), kind));
                }
                at = self.resolve(&at, next)?;
            }
        }
        Ok(())
    }
}

/// The default address of a schema.
fn base() -> Uri<String> {
    uri::from_str("schema:///").expect("the address is valid")
}

/// Converts a JSON pointer, if its target exists.
pub(super) fn locate(root: &Value, pointer: &str) -> Option<Pointer> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return None;
    }
    let mut at = Pointer::default();
    let mut value = root;
    for token in pointer.split('/').skip(1) {
        let key = token.replace("~1", "/").replace("~0", "~");
        (at, value) = match value {
            Value::Object(object) => (at.key(&key), object.get(&key)?),
            Value::Array(list) => {
                let index: usize = key.parse().ok()?;
                (at.index(index), list.get(index)?)
            }
            _ => return None,
        };
    }
    Some(at)
}

/// Writes a location as a reference. Only percent signs are escaped: servers compare the rest
/// literally.
pub(super) fn reference_to(at: &Pointer) -> String {
    format!("#{}", at.to_json_pointer().replace('%', "%25"))
}

/// Escapes references for a validator that requires valid URIs: no spaces, umlauts and the like.
///
/// # Errors
/// As for [`all_schemas`].
pub(super) fn with_addresses(root: &Value) -> Result<Value, SchemaError> {
    let mut escaped = root.clone();
    for at in all_schemas(root)? {
        let schema = schema_mut(&mut escaped, &at);
        if let Some(Value::String(reference)) = schema.and_then(|schema| schema.get_mut("$ref")) {
            *reference = address(reference);
        }
    }
    Ok(escaped)
}

fn address(reference: &str) -> String {
    let mut address = String::with_capacity(reference.len());
    for byte in reference.bytes() {
        if byte.is_ascii_alphanumeric() || b"#%-._~!$&'()*+,;=:@/?".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}

/// Percent-decodes a fragment.
fn decode(fragment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}
