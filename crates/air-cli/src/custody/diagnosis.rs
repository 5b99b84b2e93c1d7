//! Whether a quorum can open a container, and which parts of its sealing differ if it can't.

use air_crypto::{
    CakPublicKey, ContainerHeader,
    custody::{Group, Partial},
};
use serde::Serialize;

use super::sealed_under::SealedUnder;
use crate::sealing::Context;

/// A part of a container's sealing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Part {
    Key,
    Context,
    Label,
}

/// The answer about one container.
#[derive(Debug)]
pub(super) enum Diagnosis {
    /// The partials open it under this context.
    Opens(Context),
    /// It does not open. These parts differ, for these reasons.
    Differs(Vec<(Part, String)>),
    /// It does not open, nor with any other context and label that was tried. One of these parts differs.
    Unknown(Vec<Part>),
    /// Nothing contradicts the group. So many more partials are needed to be sure.
    NeedsPartials(usize),
}

/// A label that sealers often choose, and its description.
pub(super) type LikelyLabel = (String, &'static str);

/// The known facts about a container.
pub(super) struct Question<'a> {
    pub(super) group: &'a Group,
    pub(super) under: &'a SealedUnder,
    pub(super) label: &'a str,
    /// The key that the sealer used, if it is known.
    pub(super) sealed_to: Option<&'a CakPublicKey>,
    pub(super) likely_labels: Vec<LikelyLabel>,
}

impl Question<'_> {
    /// Answers from the header, given as bytes too. The partials were verified before.
    pub(super) fn answer(&self, header: &ContainerHeader, bytes: &[u8], partials: &[Partial]) -> Diagnosis {
        if let Some(reason) = self.other_key(header) {
            return Diagnosis::Differs(vec![(Part::Key, reason)]);
        }
        let missing = usize::from(self.group.threshold()).saturating_sub(partials.len());
        if missing > 0 {
            return Diagnosis::NeedsPartials(missing);
        }
        let opens = |context: &Context, label: &str| {
            self.group
                .opener_under(context, partials, label.as_bytes(), bytes)
                .is_ok()
        };
        for (context, context_reason) in self.contexts() {
            for (label, label_reason) in self.labels() {
                if opens(&context, label) {
                    let context_reason = context_reason.map(|reason| (Part::Context, reason));
                    let label_reason = label_reason.map(|reason| (Part::Label, reason));
                    let reasons: Vec<_> = context_reason.into_iter().chain(label_reason).collect();
                    return if reasons.is_empty() {
                        Diagnosis::Opens(context)
                    } else {
                        Diagnosis::Differs(reasons)
                    };
                }
            }
        }
        let mut parts = vec![Part::Context, Part::Label];
        if self.sealed_to.is_none() {
            parts.insert(0, Part::Key);
        }
        Diagnosis::Unknown(parts)
    }

    fn other_key(&self, header: &ContainerHeader) -> Option<String> {
        let (own, curve) = (self.group.context().curve(), header.curve());
        if curve != own {
            return Some(format!(
                "the container is sealed to a key on {curve}, and the group's key is on {own}"
            ));
        }
        let sealed_to = self.sealed_to?;
        (sealed_to != self.group.public_key())
            .then(|| "the key in --public-key is not the group's public key".to_owned())
    }

    /// The context that was passed, and the group's own where it is another one.
    fn contexts(&self) -> Vec<(Context, Option<String>)> {
        let mut contexts = vec![(self.under.context(self.group), None)];
        if self.under.differs_from(self.group) {
            contexts.push((
                Context::Managed(self.group.context().clone()),
                Some(
                    "the container is sealed under the group's own context, not the one that was passed"
                        .to_owned(),
                ),
            ));
        }
        contexts
    }

    /// The label that was passed, and those that are likely.
    fn labels(&self) -> impl Iterator<Item = (&str, Option<String>)> {
        let likely = self.likely_labels.iter().map(|(label, description)| {
            let reason = format!("the container is sealed with {description} as its label");
            (label.as_str(), Some(reason))
        });
        std::iter::once((self.label, None)).chain(likely)
    }
}
