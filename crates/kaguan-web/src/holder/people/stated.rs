//! What a form states about whoever came to the counter, and the images that are kept of it. A box that was not ticked is not
//! stated; what is missing is told by the rule, all of it at once.

use crate::Console;
use crate::upload::Sent;
use kaguan_domain::facts::activation::Found;
use kaguan_domain::facts::application::{AgentGround, AgentRelation};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::counter::{Deputy, KeptCopy, Shown};
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::name;
use kaguan_domain::ids::{CardId, HolderId, MaterialId};
use kaguan_domain::spelling;

/// A form about one card of one file.
pub struct Stated {
    sent: Sent,
    /// Identities of what is uploaded.
    fresh: Vec<i64>,
    /// Images to be kept, under their identities.
    pub images: Vec<(MaterialId, Vec<u8>)>,
    /// What had to be chosen and was not.
    unchosen: Vec<&'static str>,
}

/// What a form states of whoever acts for the holder, beside his papers as images; one of it is enough to say that somebody acts.
pub const OF_A_DEPUTY: [&str; 10] = [
    "deputy_name",
    "deputy_kind",
    "deputy_number",
    "deputy_phone",
    "relation",
    "ground",
    "deputy_electronic",
    "other_guardian",
    "deputy_image_filed",
    "relation_image_filed",
];

impl Stated {
    /// Of a page's form. No form has more than four files.
    pub fn of(console: &Console, sent: Sent) -> Self {
        let fresh = (0..4).map(|_| console.service.fresh()).collect();
        Self { sent, fresh, images: Vec::new(), unchosen: Vec::new() }
    }

    /// What had to be chosen and was not, as a phrase; nothing is done then.
    pub fn unchosen(&self) -> Option<String> {
        (!self.unchosen.is_empty()).then(|| self.unchosen.join("；"))
    }

    /// Notes that something had to be chosen, and what.
    pub fn is_unchosen(&mut self, what: &'static str) {
        self.unchosen.push(what);
    }

    /// All that was typed and chosen, to stand there again; files have to be chosen again.
    pub fn typed(&self) -> Vec<(String, String)> {
        self.sent.fields().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    /// A number of the form; what is no number names nothing that there is.
    pub fn id(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or(-1)
    }

    /// Whose file.
    pub fn holder(&self) -> HolderId {
        HolderId(self.id("holder"))
    }

    /// The identity that the page put beside the form.
    pub fn card(&self) -> CardId {
        CardId(self.id("card"))
    }

    /// A field.
    pub fn text(&self, name: &str) -> &str {
        self.sent.text(name).trim()
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.sent.has(name)
    }

    /// The holder's document as the clerk wrote it down; none when nothing was written.
    pub fn shown(&self) -> Option<Shown> {
        let number = spelling::number(self.text("document_number"));
        let kind = DocumentKind::from_code(self.text("document_kind")).filter(|_| !number.is_empty())?;
        Some(Shown { kind, number, electronic: self.ticked("electronic") })
    }

    /// 生存状态, 身份信息, 办理意愿, each by its box.
    pub fn found(&self) -> Found {
        Found { alive: self.ticked("alive"), identity: self.ticked("identity"), will: self.ticked("will") }
    }

    /// A file of the form, under a fresh identity.
    pub fn image(&mut self, name: &str) -> Option<(MaterialId, Vec<u8>)> {
        let bytes = self.sent.take_file(name)?;
        Some((MaterialId(self.fresh.pop()?), bytes))
    }

    /// A copy: the image that was chosen, or the number of what the archive has.
    pub fn copy(&mut self, name: &str, kind: MaterialKind) -> Option<KeptCopy> {
        if let Some((id, bytes)) = self.image(name) {
            let digest = Some(kaguan_service::digest_of_image(&bytes));
            self.images.push((id, bytes));
            return Some(KeptCopy { id, kind, digest });
        }
        let filed = format!("{name}_filed");
        self.ticked(&filed).then(|| KeptCopy { id: MaterialId(self.id(&filed)), kind, digest: None })
    }

    /// Who acts for the holder, when anything at all is stated of somebody; none when nothing is.
    pub fn deputy(&mut self) -> Option<Box<Deputy>> {
        let copies = [
            self.copy("deputy_image", MaterialKind::AgentIdentity),
            self.copy("relation_image", MaterialKind::RelationProof),
        ];
        if copies.iter().all(Option::is_none) && !OF_A_DEPUTY.iter().any(|name| self.ticked(name)) {
            return None;
        }
        let (name, number) =
            (name::fold(self.text("deputy_name")), spelling::number(self.text("deputy_number")));
        let kind = DocumentKind::from_code(self.text("deputy_kind"));
        let relation = relation_of(self.text("relation"));
        let missing =
            [("须选择代办人证件种类", kind.is_none()), ("须选择代办人与持卡人的关系", relation.is_none())];
        self.unchosen.extend(missing.into_iter().filter_map(|(what, missing)| missing.then_some(what)));
        // What is not chosen stands for itself in nothing that is done: with something unchosen no command is given, and the rule is only
        // asked what else is missing.
        let (document_kind, relation) =
            (kind.unwrap_or(DocumentKind::IdentityCard), relation.unwrap_or(AgentRelation::LawfulAgent));
        Some(Box::new(Deputy {
            name,
            document_kind,
            document_number: number,
            electronic: self.ticked("deputy_electronic"),
            phone: self.text("deputy_phone").to_owned(),
            relation,
            ground: ground(self.text("ground")),
            other_guardian: self.ticked("other_guardian"),
            copies: copies.into_iter().flatten().collect(),
        }))
    }
}

/// 关系, as the form's choice names it; none for the holder.
pub fn relation_of(code: &str) -> Option<AgentRelation> {
    match code {
        "guardian" => Some(AgentRelation::Guardian),
        "direct_relative" => Some(AgentRelation::DirectRelative),
        "lawful_agent" => Some(AgentRelation::LawfulAgent),
        _ => None,
    }
}

/// 代办事由 or 上门事由, as the form's choice names it.
pub fn ground(code: &str) -> Option<AgentGround> {
    match code {
        "minor" => Some(AgentGround::Minor),
        "incapable" => Some(AgentGround::Incapable),
        "elderly" => Some(AgentGround::Elderly),
        "disabled" => Some(AgentGround::Disabled),
        "sick" => Some(AgentGround::Sick),
        "long_absent" => Some(AgentGround::LongAbsent),
        _ => None,
    }
}
