//! 是否同一人: whoever may be the applicant is shown masked, and the clerk says who it is, with a reason.

use kaguan_domain::clause;
use kaguan_domain::facts::identity::Answer;
use kaguan_domain::ids::HolderId;
use kaguan_domain::refusal::{Candidate, Reason, Refusal};
use serde::Deserialize;

/// What the page sends of it; empty strings when nobody was shown.
#[derive(Clone, Default, Deserialize)]
pub struct SaidOfCandidates {
    /// The files that were shown, by identity, separated by commas.
    #[serde(default)]
    candidates: String,
    /// The file of the same person, or [`ANOTHER`].
    #[serde(default)]
    same: String,
    /// 判断理由.
    #[serde(default)]
    same_reason: String,
}

/// 不是同一人.
const ANOTHER: &str = "another";

/// The block of the page.
#[derive(Default)]
pub struct CandidatesView {
    /// As [`SaidOfCandidates`] sends them back.
    pub ids: String,
    /// Identity and masked lines of each; empty when they were answered already.
    pub rows: Vec<(String, String)>,
    /// What was chosen.
    pub same: String,
    pub reason: String,
    /// Masked lines of the files that the applicant's documents lead to, where they are several: those are joined first.
    pub joined_first: Vec<String>,
}

impl SaidOfCandidates {
    /// From the fields of a page that sends files.
    pub fn sent(candidates: &str, same: &str, same_reason: &str) -> Self {
        let text = str::to_owned;
        Self { candidates: text(candidates), same: text(same), same_reason: text(same_reason) }
    }

    /// The clerk's answer; `None` when there was no question, or none of the choices was made.
    pub fn answer(&self) -> Option<Answer> {
        clause!(R3.2);
        let id = |text: &str| text.trim().parse().ok().map(HolderId);
        let candidates: Vec<HolderId> = self.candidates.split(',').filter_map(id).collect();
        let same = match self.same.as_str() {
            "" => return None,
            ANOTHER => None,
            chosen => Some(id(chosen)?),
        };
        Some(Answer { candidates, same, reason: self.same_reason.trim().to_owned() })
    }

    /// The block for the page that is shown again: the question when it is open, else the answer, carried on.
    pub fn view(self, refusal: Option<&Refusal>) -> CandidatesView {
        let all = refusal.map(|r| r.candidates.as_slice()).unwrap_or_default();
        let several = refusal.is_some_and(|r| r.reason == Reason::TwoFiles);
        let (joined_first, asked) = if several { (all, &[][..]) } else { (&[][..], all) };
        let joined_first = joined_first.iter().map(Candidate::line).collect();
        let rows: Vec<_> = asked.iter().map(|c| (c.holder.to_string(), c.line())).collect();
        let ids = match rows.is_empty() {
            true => self.candidates,
            false => rows.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(","),
        };
        CandidatesView { ids, rows, same: self.same, reason: self.same_reason, joined_first }
    }
}
