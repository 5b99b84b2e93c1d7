//! The modules of a crate, read from its source, with the paths that their code names.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::{
    Attribute, ItemMod, ItemUse, Meta, Token, UseTree,
    ext::IdentExt,
    punctuated::Punctuated,
    visit::{self, Visit},
};

/// The maximum length of a chain of re-exports.
const REEXPORTS: usize = 16;
/// The index of the crate's root among its modules.
const ROOT: usize = 0;

/// Reads a file's text.
pub(super) type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// The modules of a crate, the root first.
pub(super) struct Modules(Vec<Module>);

struct Module {
    name: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// The path behind each imported name; `None` where a name has several.
    imports: BTreeMap<String, Option<Vec<String>>>,
    paths: Vec<NamedPath>,
}

/// A path that the code of a module names.
pub(super) struct NamedPath {
    pub(super) segments: Vec<String>,
    /// Whether the last segment is an item, which outside of imports is never a module.
    ends_in_item: bool,
    pub(super) file: PathBuf,
    pub(super) line: usize,
}

impl Modules {
    /// Reads the crate whose root is this file.
    pub(super) fn read(root: &Path, read: ReadFile<'_>) -> Result<Self, String> {
        let mut modules = Self(vec![Module::new("crate".to_owned(), None)]);
        let text = read(root).map_err(|error| format!("{}: {error}", root.display()))?;
        let folder = root.parent().unwrap_or(root);
        modules.add_file(ROOT, &text, root, folder, read)?;
        Ok(modules)
    }

    /// Every named path, with the module whose code names it.
    pub(super) fn named_paths(&self) -> impl Iterator<Item = (usize, &NamedPath)> {
        let modules = self.0.iter().enumerate();
        modules.flat_map(|(index, module)| module.paths.iter().map(move |path| (index, path)))
    }

    /// The module that defines the path's target; `None` for a path into another crate.
    pub(super) fn resolve(&self, from: usize, path: &NamedPath) -> Option<usize> {
        self.follow(from, &path.segments, path.ends_in_item, REEXPORTS)
    }

    /// The two different children of one module that contain `from` and `to`.
    pub(super) fn siblings(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let (from, to) = (self.lineage(from), self.lineage(to));
        let mut pairs = from.into_iter().zip(to);
        pairs.find(|(from, to)| from != to)
    }

    /// The module's path, such as `domain::once`.
    pub(super) fn name(&self, module: usize) -> String {
        let lineage = self.lineage(module);
        let names = lineage.iter().skip(1).map(|module| self.0[*module].name.as_str());
        names.collect::<Vec<_>>().join("::")
    }

    /// The root, and each module on the path to this one.
    fn lineage(&self, module: usize) -> Vec<usize> {
        let mut lineage: Vec<usize> =
            std::iter::successors(Some(module), |module| self.0[*module].parent).collect();
        lineage.reverse();
        lineage
    }

    fn follow(&self, from: usize, segments: &[String], ends_in_item: bool, left: usize) -> Option<usize> {
        let (first, rest) = segments.split_first()?;
        let left = left.checked_sub(1)?;
        let (mut module, mut rest) = match first.as_str() {
            "crate" => (ROOT, rest),
            "self" => (from, rest),
            "super" => (self.0[from].parent?, rest),
            child if self.0[from].children.contains_key(child) => (from, segments),
            name => {
                let import = self.0[from].imports.get(name)?.as_deref()?;
                return self.follow(from, &[import, rest].concat(), ends_in_item, left);
            }
        };
        while let Some((name, after)) = rest.split_first() {
            let is_item = ends_in_item && after.is_empty();
            module = match (name.as_str(), self.0[module].children.get(name)) {
                ("super", _) => self.0[module].parent?,
                (_, Some(child)) if !is_item => *child,
                _ => break,
            };
            rest = after;
        }
        let reexported = match rest.split_first() {
            Some((name, after)) if module != ROOT => {
                let import = self.0[module].imports.get(name).and_then(Option::as_deref);
                import.map(|import| [import, after].concat())
            }
            _ => None,
        };
        reexported
            .and_then(|segments| self.follow(module, &segments, ends_in_item, left))
            .or(Some(module))
    }

    fn add_file(
        &mut self,
        module: usize,
        text: &str,
        file: &Path,
        folder: &Path,
        read: ReadFile<'_>,
    ) -> Result<(), String> {
        let syntax = syn::parse_file(text)
            .map_err(|error| format!("{}:{}: {error}", file.display(), line(error.span())))?;
        self.add_items(module, &syntax.items, file, folder, read)
    }

    /// Adds the modules that these items declare. `folder` contains the files of the modules below
    /// this one.
    fn add_items(
        &mut self,
        module: usize,
        items: &[syn::Item],
        file: &Path,
        folder: &Path,
        read: ReadFile<'_>,
    ) -> Result<(), String> {
        let mut reader = Reader {
            module: &mut self.0[module],
            file,
            blocks: 0,
            declared: Vec::new(),
        };
        for item in items {
            reader.visit_item(item);
        }
        for declared in reader.declared {
            let name = name_of(&declared.ident);
            let folder = folder.join(&name);
            let child = self.child(module, name);
            if let Some((_, items)) = &declared.content {
                self.add_items(child, items, file, &folder, read)?;
                continue;
            }
            let files = [folder.with_extension("rs"), folder.join("mod.rs")];
            let found = files.into_iter().find_map(|file| Some((read(&file).ok()?, file)));
            let (text, file) = found.ok_or_else(|| {
                let line = line(declared.ident.span());
                format!("{}:{line}: no file of module {}", file.display(), declared.ident)
            })?;
            self.add_file(child, &text, &file, &folder, read)?;
        }
        Ok(())
    }

    /// The child with this name. It is one module even if it is declared once for each platform or
    /// feature.
    fn child(&mut self, parent: usize, name: String) -> usize {
        if let Some(child) = self.0[parent].children.get(&name) {
            return *child;
        }
        let child = self.0.len();
        self.0[parent].children.insert(name.clone(), child);
        self.0.push(Module::new(name, Some(parent)));
        child
    }
}

impl Module {
    fn new(name: String, parent: Option<usize>) -> Self {
        Self {
            name,
            parent,
            children: BTreeMap::new(),
            imports: BTreeMap::new(),
            paths: Vec::new(),
        }
    }
}

/// Collects the paths that the items of a module name.
struct Reader<'m, 'ast> {
    module: &'m mut Module,
    file: &'m Path,
    /// The number of blocks of code around the current item.
    blocks: usize,
    declared: Vec<&'ast ItemMod>,
}

impl Reader<'_, '_> {
    fn record(&mut self, segments: Vec<String>, ends_in_item: bool, span: Span) {
        self.module.paths.push(NamedPath {
            segments,
            ends_in_item,
            file: self.file.to_owned(),
            line: line(span),
        });
    }

    /// Records an imported name. A name that a block imports, or that has several paths, counts as
    /// unknown.
    fn import(&mut self, name: String, segments: &[String]) {
        let import = (self.blocks == 0).then(|| segments.to_owned());
        let known = self.module.imports.entry(name).or_insert_with(|| import.clone());
        if *known != import {
            *known = None;
        }
    }

    fn take_use(&mut self, tree: &UseTree, prefix: &[String]) {
        let (own, imported) = match tree {
            UseTree::Path(path) => {
                return self.take_use(&path.tree, &[prefix, &[name_of(&path.ident)]].concat());
            }
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.take_use(tree, prefix)),
            UseTree::Glob(glob) => {
                return self.record(prefix.to_owned(), false, glob.star_token.spans[0]);
            }
            UseTree::Name(name) => (&name.ident, None),
            UseTree::Rename(rename) => (&rename.ident, Some(name_of(&rename.rename))),
        };
        let segments = if own == "self" {
            prefix.to_owned()
        } else {
            [prefix, &[name_of(own)]].concat()
        };
        if let Some(name) = imported.or_else(|| segments.last().cloned()) {
            self.import(name, &segments);
        }
        self.record(segments, false, own.span());
    }

    /// Finds paths in tokens: identifiers separated by `::`.
    fn scan(&mut self, tokens: TokenStream, in_attribute: bool) {
        let mut path: Vec<Ident> = Vec::new();
        let mut colons = 0;
        for tree in tokens {
            match tree {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    let continues = colons == 2 && !path.is_empty();
                    if !continues {
                        self.take_path(&std::mem::take(&mut path));
                    }
                    // A path that begins with `::` belongs to another crate.
                    if continues || colons < 2 {
                        path.push(ident);
                    }
                    colons = 0;
                }
                other => {
                    self.take_path(&std::mem::take(&mut path));
                    colons = 0;
                    match other {
                        TokenTree::Group(group) => self.scan(group.stream(), in_attribute),
                        TokenTree::Literal(literal) if in_attribute => {
                            self.take_text(&literal.to_string(), literal.span());
                        }
                        _ => {}
                    }
                }
            }
        }
        self.take_path(&path);
    }

    fn take_path(&mut self, path: &[Ident]) {
        if let [first, _, ..] = path {
            self.record(path.iter().map(name_of).collect(), true, first.span());
        }
    }

    /// Reads string literals in attributes of serde and others, which name functions and modules:
    /// `"crate::whole::number"`.
    fn take_text(&mut self, literal: &str, span: Span) {
        let text = literal.trim_matches('"');
        if ["crate::", "self::", "super::"]
            .iter()
            .any(|start| text.starts_with(start))
        {
            // The value of `with` is a module.
            self.record(text.split("::").map(ToOwned::to_owned).collect(), false, span);
        }
    }
}

/// Skips items that only tests compile.
macro_rules! without_tests {
    ($($visit:ident($node:ident)),+ $(,)?) => {$(
        fn $visit(&mut self, node: &'ast syn::$node) {
            if !is_for_tests(&node.attrs) {
                visit::$visit(self, node);
            }
        }
    )+};
}

impl<'ast> Visit<'ast> for Reader<'_, 'ast> {
    without_tests! {
        visit_arm(Arm),
        visit_field(Field),
        visit_impl_item_const(ImplItemConst),
        visit_impl_item_fn(ImplItemFn),
        visit_item_const(ItemConst),
        visit_item_enum(ItemEnum),
        visit_item_fn(ItemFn),
        visit_item_impl(ItemImpl),
        visit_item_macro(ItemMacro),
        visit_item_static(ItemStatic),
        visit_item_struct(ItemStruct),
        visit_item_trait(ItemTrait),
        visit_item_type(ItemType),
        visit_local(Local),
        visit_stmt_macro(StmtMacro),
        visit_trait_item_fn(TraitItemFn),
        visit_variant(Variant),
    }

    fn visit_item_mod(&mut self, node: &'ast ItemMod) {
        if !is_for_tests(&node.attrs) {
            self.declared.push(node);
        }
    }

    fn visit_item_use(&mut self, node: &'ast ItemUse) {
        if node.leading_colon.is_none() && !is_for_tests(&node.attrs) {
            self.take_use(&node.tree, &[]);
        }
    }

    fn visit_block(&mut self, node: &'ast syn::Block) {
        self.blocks += 1;
        visit::visit_block(self, node);
        self.blocks -= 1;
    }

    fn visit_path(&mut self, node: &'ast syn::Path) {
        if node.leading_colon.is_none() {
            let path: Vec<Ident> = node
                .segments
                .iter()
                .map(|segment| segment.ident.clone())
                .collect();
            self.take_path(&path);
        }
        visit::visit_path(self, node);
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        self.visit_path(&node.path);
        self.scan(node.tokens.clone(), false);
    }

    fn visit_attribute(&mut self, node: &'ast Attribute) {
        if let Meta::List(list) = &node.meta {
            self.scan(list.tokens.clone(), true);
        }
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let is_test = path
            .segments
            .last()
            .is_some_and(|segment| segment.ident == "test");
        let is_cfg = path.is_ident("cfg") && attribute.parse_args().is_ok_and(|meta| needs_test(&meta));
        is_test || is_cfg
    })
}

/// Whether a condition is true only in tests.
fn needs_test(condition: &Meta) -> bool {
    let Meta::List(list) = condition else {
        return condition.path().is_ident("test");
    };
    let Ok(conditions) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
        return false;
    };
    if list.path.is_ident("all") {
        conditions.iter().any(needs_test)
    } else {
        list.path.is_ident("any") && !conditions.is_empty() && conditions.iter().all(needs_test)
    }
}

fn name_of(ident: &Ident) -> String {
    ident.unraw().to_string()
}

fn line(span: Span) -> usize {
    span.start().line
}
