//! What officers have in work: the first answer to each form, forms that are not sent yet, and the name by which an address may call
//! a person. None of it is business: nothing here changes a file, and nothing of a file is read.

use crate::outcome::Failure;
use crate::seen::{Named, Seen};
use crate::service::Service;
use kaguan_domain::application::printed::Voucher;
use kaguan_domain::ids::{HolderId, OfficerId};
use kaguan_store::seal::{Sealer, sm3};
use kaguan_store::{Answer, Draft};

fn form_of(session: &str, form: &str) -> [u8; 32] {
    sm3(&[session.as_bytes(), b"\n", form.as_bytes()])
}

/// A sealer that only one session has.
fn sealer_of(session: &str) -> Sealer {
    let mut key = [0; 16];
    key.copy_from_slice(&sm3(&[b"people of a session\n", session.as_bytes()])[..16]);
    Sealer::new(&key)
}

const PERSON: &str = "person in an address";
const PAPER: &str = "paper in an address";
const VOUCHER: &str = "voucher on a page";

impl Service {
    /// The first answer to a form of a session, as the door kept it; the form by the token that its page gave it.
    pub async fn first_answer(&self, session: &str, form: &str) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.store().answer(form_of(session, form)).await?.map(|a| a.body))
    }

    /// Keeps the answer to a form, sealed, for as long as its session.
    pub async fn keep_answer(&self, session: &str, form: &str, body: Vec<u8>) -> Result<(), Failure> {
        let digest = sm3(&[session.as_bytes()]);
        let answer = Answer { form: form_of(session, form), session: digest, at: self.now(), body };
        Ok(self.store().put_answer(&answer).await?)
    }

    /// Whose a session was that has ended by time, for what was sent too late; `None` once it is forgotten or was signed out.
    pub async fn owner_of_ended(&self, session: &str) -> Result<Option<OfficerId>, Failure> {
        Ok(self.store().session(sm3(&[session.as_bytes()])).await?.map(|s| s.officer))
    }

    /// Keeps a form in work for its officer, sealed, for a week; its identity, a new one unless it has one. The form is the address that it
    /// is sent to, with what was asked of the lists around it.
    pub async fn keep_draft(
        &self,
        officer: OfficerId,
        id: Option<i64>,
        form: &str,
        body: Vec<u8>,
    ) -> Result<i64, Failure> {
        let id = id.unwrap_or_else(|| self.fresh());
        let (form, asks) = form.split_once('?').unwrap_or((form, ""));
        let draft = Draft { id, officer, form: form.to_owned(), asks: asks.to_owned(), at: self.now(), body };
        self.store().put_draft(&draft).await?;
        Ok(id)
    }

    /// A form that an officer has in work; another's is none.
    pub async fn draft(&self, officer: OfficerId, id: i64) -> Result<Option<Draft>, Failure> {
        Ok(self.store().draft(id, officer).await?)
    }

    /// The forms that an officer has in work, the latest first.
    pub async fn drafts_of(&self, officer: OfficerId) -> Result<Vec<Draft>, Failure> {
        Ok(self.store().drafts(officer).await?)
    }

    /// A form was sent, or is given up.
    pub async fn end_draft(&self, officer: OfficerId, id: i64) -> Result<(), Failure> {
        Ok(self.store().end_draft(id, officer).await?)
    }

    /// What an address of a session calls something: hexadecimal digits that say nothing to anybody else.
    pub(crate) fn name_of(&self, session: &str, kind: &str, what: &[u8]) -> String {
        hex::encode(sealer_of(session).seal(kind, what))
    }

    /// What an address of a session calls so; `None` for what this session never gave.
    pub(crate) fn named(&self, session: &str, kind: &str, name: &str) -> Option<Named> {
        sealer_of(session).open(kind, &hex::decode(name).ok()?).ok().map(Named)
    }

    /// What an address of a session calls a person.
    pub fn key_of(&self, session: &str, holder: HolderId) -> String {
        self.name_of(session, PERSON, &holder.0.to_be_bytes())
    }

    /// What an address of a session calls the papers of a form.
    pub fn paper_key(&self, session: &str, holder: HolderId, form_no: &str) -> String {
        let what = [&holder.0.to_be_bytes()[..], form_no.as_bytes()].concat();
        self.name_of(session, PAPER, &what)
    }

    /// The form whose papers an address of a session calls so; `None` for what this session never gave.
    pub fn paper_of(&self, session: &str, key: &str) -> Option<(HolderId, String)> {
        let Named(open) = self.named(session, PAPER, key)?;
        let (holder, form_no) = open.split_first_chunk()?;
        Some((HolderId(i64::from_be_bytes(*holder)), String::from_utf8(form_no.to_vec()).ok()?))
    }

    /// A voucher that a page shows, sealed for the session: it is kept nowhere, and its PDF is to say the same.
    pub fn voucher_key(&self, session: &str, voucher: &Voucher) -> Result<String, Failure> {
        let text = serde_json::to_vec(voucher).map_err(Failure::broken)?;
        Ok(self.name_of(session, VOUCHER, &text))
    }

    /// The voucher that a page of a session showed.
    pub fn shown_voucher(&self, session: &str, key: &str) -> Option<Seen<Voucher>> {
        let named = self.named(session, VOUCHER, key)?;
        let voucher = serde_json::from_slice(&named.0).ok()?;
        Some(Seen::by_name(&named, voucher))
    }

    /// The person whom an address of a session calls so; `None` for what this session never gave.
    pub fn person_of(&self, session: &str, key: &str) -> Option<HolderId> {
        let Named(open) = self.named(session, PERSON, key)?;
        Some(HolderId(i64::from_be_bytes(open.try_into().ok()?)))
    }
}
