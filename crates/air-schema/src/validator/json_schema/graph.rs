//! The graph of schemas: an edge leads from a schema to one that it applies to the same location of
//! a subject, or to a location below it.

mod work;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    iter, ptr,
};

use referencing::{Draft, Registry, RegistryBuilder, Resolver, uri};
use serde_json::{Map, Value};

use crate::Error;

/// The URI of a document without `$id`.
const BASE: &str = "json-schema:///";
const NOT_HERE: &str = "its reference leads to nothing in this document, and nothing is fetched";

/// Rejects a schema that could compare one location of a subject more than 10,000 times. Nested
/// alternatives, and schemas that refer to themselves twice, multiply the comparisons with each
/// level, which the sizes of the schema and of the subject do not reveal. The caller has already
/// limited the size of the schema.
pub(super) fn check_work(schema: &Value, draft: Draft) -> Result<(), Error> {
    let graph = build(schema, draft).map_err(|_| refusal(NOT_HERE))?;
    work::check(&graph).map_err(refusal)
}

fn refusal(reason: &'static str) -> Error {
    Error::NotCompiled {
        pointer: String::new(),
        reason,
    }
}

type Found<T> = Result<T, referencing::Error>;

/// Builds the nodes. The first is the whole document.
fn build(schema: &Value, draft: Draft) -> Found<Vec<Node>> {
    let base = uri::from_str(BASE)?;
    let base = match schema.get("$id").and_then(Value::as_str) {
        Some(id) => uri::resolve_against(&base.borrow(), id.trim_end_matches('#'))?,
        None => base,
    };
    let registry = Registry::new()
        .draft(draft)
        .retrieve_known_draft_meta_schemas(false)
        .add(base.as_str(), draft.create_resource_ref(schema))
        .and_then(RegistryBuilder::prepare)?;
    let resolver = registry.resolver(base);
    let mut builder = Builder::new(draft);
    builder.survey(schema, &resolver);
    builder.visit(schema, resolver);
    while let Some((number, schema, resolver)) = builder.waiting.pop() {
        let node = builder.node(schema, &resolver)?;
        if let Some(slot) = builder.nodes.get_mut(number) {
            *slot = node;
        }
    }
    Ok(builder.nodes)
}

/// A schema, and the indices of the schemas that it applies.
#[derive(Default)]
struct Node {
    /// The number of values that are compared with the subject's: those of `enum`, and one for each
    /// keyword.
    own: u64,
    /// Applied to the same location.
    here: Vec<usize>,
    /// One of these is applied to the same location. A `$dynamicRef` selects it at run time.
    either: Vec<usize>,
    /// Applied to the member of a certain name, so that at most one of them applies to a member.
    named: Vec<usize>,
    /// Applied to any member.
    members: Vec<usize>,
    /// Applied to items.
    items: Vec<usize>,
    /// Whether the schemas for the same location are evaluated a second time, to find the members
    /// or items that they did not evaluate.
    twice: bool,
}

impl Node {
    /// The list for the schemas of a keyword; `None` for a keyword without schemas.
    fn place(&mut self, keyword: &str) -> Option<&mut Vec<usize>> {
        match keyword {
            "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else" | "dependentSchemas"
            | "dependencies" => Some(&mut self.here),
            "properties" => Some(&mut self.named),
            "patternProperties" | "additionalProperties" | "unevaluatedProperties" | "propertyNames" => {
                Some(&mut self.members)
            }
            "items" | "prefixItems" | "additionalItems" | "unevaluatedItems" | "contains" => {
                Some(&mut self.items)
            }
            _ => None,
        }
    }
}

struct Builder<'a> {
    draft: Draft,
    nodes: Vec<Node>,
    /// Indices of nodes by the address of the schema, which is borrowed and so does not move.
    numbers: HashMap<*const Value, usize>,
    waiting: Vec<(usize, &'a Value, Resolver<'a>)>,
    /// The addresses of all values of the document. A reference to another address leads to a
    /// draft's own schema.
    document: HashSet<*const Value>,
    /// Schemas by `$dynamicAnchor`. The path of the evaluation decides which of them a
    /// `$dynamicRef` selects.
    dynamic: BTreeMap<&'a str, Vec<(&'a Value, Resolver<'a>)>>,
}

impl<'a> Builder<'a> {
    fn new(draft: Draft) -> Self {
        Self {
            draft,
            nodes: Vec::new(),
            numbers: HashMap::new(),
            waiting: Vec::new(),
            document: HashSet::new(),
            dynamic: BTreeMap::new(),
        }
    }

    /// Records all values. The resolver of a value includes the value's own `$id`.
    fn survey(&mut self, value: &'a Value, resolver: &Resolver<'a>) {
        self.document.insert(ptr::from_ref(value));
        if let Some(Value::String(anchor)) = value.get("$dynamicAnchor") {
            let anchored = self.dynamic.entry(anchor).or_default();
            anchored.push((value, resolver.clone()));
        }
        let members = value.as_object().into_iter().flat_map(Map::values);
        for inner in members.chain(value.as_array().into_iter().flatten()) {
            let resolver = self.enter(inner, resolver).unwrap_or_else(|_| resolver.clone());
            self.survey(inner, &resolver);
        }
    }

    fn enter(&self, schema: &'a Value, outer: &Resolver<'a>) -> Found<Resolver<'a>> {
        outer.in_subresource(self.draft.create_resource_ref(schema))
    }

    /// Returns the index of a schema, and queues it if it is new.
    fn visit(&mut self, schema: &'a Value, resolver: Resolver<'a>) -> usize {
        let next = self.nodes.len();
        let number = *self.numbers.entry(ptr::from_ref(schema)).or_insert(next);
        if number == next {
            self.nodes.push(Node::default());
            self.waiting.push((number, schema, resolver));
        }
        number
    }

    fn node(&mut self, schema: &'a Value, resolver: &Resolver<'a>) -> Found<Node> {
        let mut node = Node::default();
        let Some(members) = schema.as_object() else {
            return Ok(node);
        };
        node.own = own_work(members);
        node.twice =
            members.contains_key("unevaluatedProperties") || members.contains_key("unevaluatedItems");
        for (keyword, value) in members {
            match (keyword.as_str(), value.as_str()) {
                ("$ref", Some(reference)) => node.here.extend(self.target(reference, resolver)?),
                ("$dynamicRef", Some(reference)) => {
                    node.either.extend(self.target(reference, resolver)?);
                    node.either.extend(self.dynamic_targets(reference));
                }
                _ => {
                    let Some(place) = node.place(keyword) else {
                        continue;
                    };
                    for inner in schemas(keyword, value) {
                        let resolver = self.enter(inner, resolver)?;
                        place.push(self.visit(inner, resolver));
                    }
                }
            }
        }
        Ok(node)
    }

    /// The target of a reference, if it is in the document. The drafts' own schemas are cheap and
    /// are not counted.
    fn target(&mut self, reference: &str, resolver: &Resolver<'a>) -> Found<Option<usize>> {
        let (target, inner, _) = resolver.lookup(reference)?.into_inner();
        let is_ours = self.document.contains(&ptr::from_ref(target));
        Ok(is_ours.then(|| self.visit(target, inner)))
    }

    /// The other possible targets of a `$dynamicRef`.
    fn dynamic_targets(&mut self, reference: &str) -> Vec<usize> {
        let anchor = reference.rsplit('#').next().unwrap_or_default();
        let targets = self.dynamic.get(anchor).cloned().unwrap_or_default();
        targets
            .into_iter()
            .map(|(schema, resolver)| self.visit(schema, resolver))
            .collect()
    }
}

/// The schemas in a keyword's value: one, a list or a map.
fn schemas<'a>(keyword: &str, value: &'a Value) -> Box<dyn Iterator<Item = &'a Value> + 'a> {
    let map = matches!(
        keyword,
        "properties" | "patternProperties" | "dependentSchemas" | "dependencies"
    );
    match value {
        Value::Object(members) if map => Box::new(members.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => Box::new(iter::once(value)),
    }
}

fn own_work(members: &Map<String, Value>) -> u64 {
    let values = members
        .iter()
        .map(|(keyword, value)| match (keyword.as_str(), value) {
            ("enum" | "required" | "const", Value::Array(values)) => values.len(),
            ("const" | "dependentRequired" | "patternProperties", Value::Object(values)) => values.len(),
            _ => 1,
        });
    values.fold(0_u64, |sum, count| sum.saturating_add(count as u64))
}
