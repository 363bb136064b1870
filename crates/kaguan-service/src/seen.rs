//! What a look shows, and how much: a [`Seen`] is the proof that its viewer may see it, a [`Looked`] has nothing in the clear, an
//! [`InClear`] has. None of them can be made, or opened, outside this crate without the line or the right.

use crate::looks::Right;
use crate::outcome::Receipt;
use kaguan_domain::application::AgentDraft;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::{HolderCommand, decide};
use kaguan_domain::facts::archive::Enclosed;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::blank_order::Stock;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::form::{ApplicationForm, Field};
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::holder::{CorrectDetails, joining_said, undoing_said};
use kaguan_domain::ids::{BatchId, CardId, CardNumber, HolderId, MaterialId};
use kaguan_domain::refusal::Refusal;
use kaguan_domain::rule::{Around, Found};
use kaguan_store::Loaded;
use std::collections::HashMap;
use std::ops::Deref;

/// Something about a person that its viewer may see: the journal has the line of it, or decision 0008 asks for none. What is in it says
/// how much: a [`Looked`] has nothing in the clear, an [`InClear`] has.
#[derive(Debug)]
pub struct Seen<T>(T);

impl<T> Seen<T> {
    /// After the command whose line this receipt names.
    pub(crate) fn journaled(_line: &Receipt, what: T) -> Self {
        Self(what)
    }

    /// By the right alone. `cargo xtask tidy` has the list of who does so, with reasons.
    pub(crate) fn by_right(_right: &Right, what: T) -> Self {
        Self(what)
    }

    /// Of a file that was looked at, for what its line says is shown besides.
    pub(crate) fn beside(_look: &Seen<Looked>, what: T) -> Self {
        Self(what)
    }

    /// Under a name that only a page of the session could give it, whose look has left its line. `cargo xtask tidy` has the list of who
    /// does so.
    pub(crate) fn by_name(_opened: &Named, what: T) -> Self {
        Self(what)
    }

    /// What goes out to whoever may see it.
    pub fn into_shown(self) -> T {
        self.0
    }
}

impl<T> Seen<Vec<T>> {
    /// Nobody.
    pub(crate) fn of_nobody() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What one session calls something, opened again: only [`Service::named`] makes one.
pub struct Named(pub(crate) Vec<u8>);

/// A file as a look shows it, with the batches around it. Whatever names somebody in it is masked: the file in the clear stays in here,
/// for what the domain is asked about it.
pub struct Looked {
    /// The file, masked.
    pub file: HolderFile,
    /// The batches that it refers to.
    pub batches: HashMap<BatchId, BatchFile>,
    whole: Box<Whole>,
}

/// What a look knows and does not show.
struct Whole {
    file: HolderFile,
    /// Files that were joined into it, or that it was joined into.
    others: HashMap<HolderId, HolderFile>,
    stock: Stock,
}

/// Which of what two files say of somebody is the same; a page says it beside what it shows masked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Same {
    pub name: bool,
    pub number: bool,
    pub document: bool,
}

impl Looked {
    pub(crate) fn of(file: HolderFile, around: Loaded) -> Self {
        let Loaded { holders: others, batches, stock, claims: _, traces: _, units: _, sealed: _, keys: _ } =
            around;
        Self { file: file.clone().masked(), batches, whole: Box::new(Whole { file, others, stock }) }
    }

    /// What the domain decides of a command about the file as it is; the other file of a joining is the one that was looked at beside,
    /// or one that is joined into the first. Nothing is done, and nothing of the file is told but a refusal.
    ///
    /// # Errors
    /// The refusal that the command would meet.
    pub fn decided(
        &self,
        command: &HolderCommand,
        ctx: &Ctx,
        institutions: &Institutions,
        beside: Option<&Self>,
    ) -> Result<(), Refusal> {
        let other = command.rule().other();
        let beside = beside.map(|b| &b.whole.file).filter(|f| Some(f.id) == other);
        let around = Around {
            institutions,
            batches: &self.batches,
            stock: &self.whole.stock,
            found: Found::NOBODY,
            other: beside.or_else(|| other.and_then(|id| self.whole.others.get(&id))),
        };
        decide(&self.whole.file, command, ctx, around).map(|_| ())
    }

    /// 更正资料: the form on file with what was written over it, as the command that says so, with the image of a document that comes
    /// with it.
    pub fn correction(
        &self,
        written: impl IntoIterator<Item = (Field, String)>,
        verified: bool,
        materials: Vec<Enclosed>,
    ) -> HolderCommand {
        let details = self.whole.file.person.as_ref().map(|p| &p.details);
        let mut draft = details.map(ApplicationForm::draft).unwrap_or_default();
        for (field, text) in written {
            draft.set(field, &text);
        }
        HolderCommand::CorrectDetails(CorrectDetails { draft: Box::new(draft), verified, materials })
    }

    /// Whoever acts for the holder, as a page stated it, for the command that says so: where name and number, or the telephone number,
    /// stayed as the page showed those of the guardian on file, masked, they are what the file has.
    pub fn agent_as_on_file(&self, mut agent: AgentDraft) -> AgentDraft {
        let details = |file: &HolderFile| file.person.as_ref().map(|p| p.details.clone());
        let (Some(shown), Some(known)) = (details(&self.file), details(&self.whole.file)) else {
            return agent;
        };
        if let (Some(shown), Some(known)) = (shown.guardian, known.guardian)
            && agent.name == shown.name.display()
            && agent.document_number == shown.document_number
        {
            known.name.display().clone_into(&mut agent.name);
            agent.document_number = known.document_number;
        }
        if agent.phone == shown.phone {
            agent.phone = known.phone;
        }
        agent
    }

    /// Whether a rare character is in the name.
    pub fn has_rare(&self) -> bool {
        self.whole.file.person.as_ref().is_some_and(|p| p.details.name.has_rare())
    }

    /// The image of the document of somebody whose name has rare characters (R34.1); opening it is a look of its own.
    pub fn rare_document(&self) -> Option<MaterialId> {
        kaguan_domain::rare_name::document(&self.whole.file).map(|m| m.id)
    }

    /// Which of what both files say is the same.
    pub fn same_as(&self, other: &Self) -> Same {
        let of = |looked: &Self, say: fn(&ApplicationForm) -> String| {
            looked.whole.file.person.as_ref().map(|p| say(&p.details))
        };
        let same = |say| of(self, say) == of(other, say);
        Same {
            name: same(|d| d.name.display().to_owned()),
            number: same(|d| d.ssn.as_str().to_owned()),
            document: same(|d| d.document.number().to_owned()),
        }
    }

    /// What undoing a joining of the file would do with what now, each thing under its head, masked; nothing of a file that is not joined into
    /// it.
    pub fn undoing_said(&self, other: HolderId, ctx: &Ctx) -> Vec<(&'static str, String)> {
        undoing_said(&self.whole.file, other, ctx)
    }

    /// What joining another file into this one brings together, and what each card is afterwards, masked; of cards once it is known which is
    /// kept.
    pub fn joining_said(&self, other: &Self, keep: Option<CardId>, ctx: &Ctx) -> Vec<(&'static str, String)> {
        joining_said(&self.whole.file, &other.whole.file, keep, ctx)
    }

    /// The file in the clear, for what the service does with it.
    pub(crate) fn whole(&self) -> &HolderFile {
        &self.whole.file
    }

    pub(crate) fn has_card(&self, number: &CardNumber) -> bool {
        self.whole.file.cards.iter().any(|c| c.card_no == *number)
    }

    /// The card that has a number as it was typed, folded like `spelling::looked_for`: whoever typed it knows it, and learns only whether it
    /// is one of this person's.
    pub fn card_numbered(&self, typed: &str) -> Option<CardId> {
        let is_it = |c: &&Card| kaguan_domain::spelling::looked_for(c.card_no.as_str()) == typed;
        self.whole.file.cards.iter().find(is_it).map(|c| c.id)
    }

    /// The number of a card, for a list whose line says that it stands there.
    pub(crate) fn card_number(&self, id: CardId) -> Option<CardNumber> {
        self.whole.file.card(id).map(|c| c.card_no.clone())
    }
}

/// A file in the clear, where the business cannot be done otherwise: a paper that the person signs, a machine that writes a card. Its line
/// says what it was for. `cargo xtask tidy` has the list of who asks for one.
pub struct InClear(Looked);

impl InClear {
    pub(crate) fn of(looked: Looked) -> Self {
        Self(looked)
    }

    /// The file as it is.
    pub fn whole(&self) -> &HolderFile {
        &self.0.whole.file
    }
}

impl Deref for InClear {
    type Target = Looked;

    fn deref(&self) -> &Looked {
        &self.0
    }
}

/// One item of a file that may be seen in the clear.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item {
    /// 姓名
    Name,
    /// 社会保障号码
    Number,
    /// 证件号码
    Document,
    /// 联系手机
    Mobile,
    /// 联系电话
    Phone,
    /// 通讯地址
    Address,
    /// 监护人
    Guardian,
    /// 社保卡卡号
    Card(CardId),
    /// 银行卡卡号
    BankCard(CardId),
}

impl Item {
    /// Those of the person.
    pub const OF_PERSON: [Self; 7] =
        [Self::Name, Self::Number, Self::Document, Self::Mobile, Self::Phone, Self::Address, Self::Guardian];

    /// As a form names it.
    pub fn code(self) -> String {
        match self {
            Self::Name => "name".into(),
            Self::Number => "number".into(),
            Self::Document => "document".into(),
            Self::Mobile => "mobile".into(),
            Self::Phone => "phone".into(),
            Self::Address => "address".into(),
            Self::Guardian => "guardian".into(),
            Self::Card(id) => format!("card-{id}"),
            Self::BankCard(id) => format!("bank-{id}"),
        }
    }

    /// What a form names so; `None` for what is no item.
    pub fn from_code(code: &str) -> Option<Self> {
        let of_card = |id: &str| id.parse().ok().map(CardId);
        match code.split_once('-') {
            Some(("card", id)) => of_card(id).map(Self::Card),
            Some(("bank", id)) => of_card(id).map(Self::BankCard),
            Some(_) => None,
            None => Self::OF_PERSON.into_iter().find(|i| i.code() == code),
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "姓名",
            Self::Number => "社会保障号码",
            Self::Document => "证件号码",
            Self::Mobile => "联系手机",
            Self::Phone => "联系电话",
            Self::Address => "通讯地址",
            Self::Guardian => "监护人",
            Self::Card(_) => "社保卡卡号",
            Self::BankCard(_) => "银行卡卡号",
        }
    }

    /// What a file has there; empty when nothing.
    pub(crate) fn of(self, file: &HolderFile) -> String {
        let card = |id| file.card(id);
        let Some(d) = file.person.as_ref().map(|p| &p.details) else { return String::new() };
        match self {
            Self::Name => d.name.display().to_owned(),
            Self::Number => d.ssn.as_str().to_owned(),
            Self::Document => d.document.number().to_owned(),
            Self::Mobile => d.mobile.clone().unwrap_or_default(),
            Self::Phone => d.phone.clone(),
            Self::Address => d.postal_address.clone(),
            Self::Guardian => d.guardian.as_ref().map(|g| g.name.display().to_owned()).unwrap_or_default(),
            Self::Card(id) => card(id).map(|c| c.card_no.as_str().to_owned()).unwrap_or_default(),
            Self::BankCard(id) => {
                card(id).map(|c| c.bank_account.bank_card_no.as_str().to_owned()).unwrap_or_default()
            }
        }
    }
}
