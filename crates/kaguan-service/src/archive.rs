//! The archive's door (Article 40): electronic material goes in sealed, comes out with a reason, and is destroyed when
//! its years are over.

use crate::executor::Trial;
use crate::lists::Part;
use crate::outcome::{Failure, Receipt};
use crate::seen::Seen;
use crate::service::Service;
use crate::work::{Command, Whose};
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::{Material, PaperOf};
use kaguan_domain::ids::{HolderId, MaterialId, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::records::{DestroyMaterial, FileMaterial, Look};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::seal::sm3;
use kaguan_store::{DueMaterial, LoadRequest};
use std::collections::HashSet;

/// The largest electronic material, in bytes.
pub const LARGEST_MATERIAL: usize = 16 << 20;

/// For how long an opened material may be shown, in microseconds.
const OPEN_FOR: i64 = 15 * 60 * 1_000_000;
const OPENED: &str = "material in an address";
/// Materials of one page of those that are due.
const DUE_ON_A_PAGE: i64 = 50;

/// A document that is due.
pub struct DueDocument {
    /// Its first page: when it was due, and where it is.
    pub due: DueMaterial,
    /// All of them, in their order.
    pub pages: Vec<Material>,
    pub paper: PaperOf,
}

/// The media type of what is no image.
const A_FILE: &str = "application/octet-stream";

/// What a document is, by its first bytes; what is none of the common kinds of Article 34 is a file and nothing else.
pub fn media_type(bytes: &[u8]) -> &'static str {
    let heads: [(&[u8], &str); 5] = [
        (b"\xFF\xD8\xFF", "image/jpeg"),
        (b"\x89PNG\r\n\x1A\n", "image/png"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"%PDF-", "application/pdf"),
    ];
    heads.iter().find(|(head, _)| bytes.starts_with(head)).map_or(A_FILE, |(_, kind)| kind)
}

/// Whether a document is an image of a common kind (Article 34: .jpg、.tif等通用格式), of at most [`LARGEST_MATERIAL`]: what the archive
/// keeps as the copy of a document or of a signed paper.
pub fn is_image(bytes: &[u8]) -> bool {
    clause!(R34.1);
    bytes.len() <= LARGEST_MATERIAL && media_type(bytes) != A_FILE
}

/// The digest of an image that comes with a business, as the rules take it: empty for one that cannot be read, which they refuse with
/// everything else that is missing.
pub fn digest_of_image(bytes: &[u8]) -> String {
    clause!(R8.5);
    if is_image(bytes) { digest_of(bytes) } else { String::new() }
}

/// The digest that the archive names an electronic material by: SM3 in lower-case hexadecimal.
pub fn digest_of(bytes: &[u8]) -> String {
    sm3(&[bytes]).iter().map(|b| format!("{b:02x}")).collect()
}

impl Service {
    /// Does a command that comes with images, which it files itself under [`digest_of_image`]. They are stored before, and taken away
    /// again when it is refused; one that cannot be read has no digest, and the rule that would keep it refuses.
    pub async fn execute_with_images(
        &self,
        ctx: Ctx,
        command: Command,
        images: &[(MaterialId, Vec<u8>)],
    ) -> Result<Receipt, Failure> {
        clause!(R40.1);
        let readable = || images.iter().filter(|(_, bytes)| is_image(bytes));
        for (id, bytes) in readable() {
            self.store().put_material(*id, bytes).await?;
        }
        let done = self.execute(ctx, command).await;
        // What is unknown may have been filed: the images stay. A request that was repeated filed its own the first time.
        let filed = done.as_ref().is_ok_and(|r| !r.replayed) || matches!(done, Err(Failure::Unknown));
        if !filed {
            for (id, _) in readable() {
                self.store().delete_material(*id).await?;
            }
        }
        done
    }

    /// 归档: stores the document, then files it. A document whose filing is refused is taken away again.
    pub async fn file_material(
        &self,
        ctx: Ctx,
        holder: HolderId,
        mut material: FileMaterial,
        document: Option<&[u8]>,
    ) -> Result<MaterialId, Failure> {
        clause!(R40.1);
        if document.is_some_and(|d| d.is_empty() || d.len() > LARGEST_MATERIAL) {
            let about = format!("电子材料须在1字节至{}MB之间", LARGEST_MATERIAL >> 20);
            return Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(R40.1)).into());
        }
        let id = material.id;
        if let Some(bytes) = document {
            material.digest = Some(digest_of(bytes));
            self.store().put_material(id, bytes).await?;
        }
        let filed = self.execute(ctx, Command::of(holder, HolderCommand::FileMaterial(material))).await;
        match filed {
            Ok(_) => Ok(id),
            // What is unknown may have been filed: the document stays.
            Err(e @ Failure::Unknown) => Err(e),
            Err(e) => {
                self.store().delete_material(id).await?;
                Err(e)
            }
        }
    }

    /// Opens one electronic material; the look is journaled with its reason before the document is read.
    pub async fn read_material(
        &self,
        ctx: Ctx,
        holder: HolderId,
        id: MaterialId,
        reason: &str,
    ) -> Result<Seen<Vec<u8>>, Failure> {
        clause!(R40.1);
        let look = Look { reason: reason.into(), material: Some(id) };
        let line = self.execute(ctx, Command::of(holder, HolderCommand::Look(look))).await?;
        let found = self.store().material(id).await?;
        let paper = || Refusal::about(Reason::NotFound, "该材料为纸质，见登记的专柜专夹").by(clause!(R40.1));
        Ok(Seen::journaled(&line, found.ok_or_else(|| Failure::from(paper()))?))
    }

    /// 到期销毁: the commit that says so takes the document away, all its pages.
    pub async fn destroy_material(
        &self,
        ctx: Ctx,
        holder: HolderId,
        what: DestroyMaterial,
    ) -> Result<(), Failure> {
        clause!(R40.1);
        self.execute(ctx, Command::of(holder, HolderCommand::DestroyMaterial(what))).await?;
        Ok(())
    }

    /// 到期销毁 of several documents, each with a command of its own, whichever of its pages are named: nothing is destroyed unless all of them
    /// may be. How many were, and what could not be, its pages and why; both only when something changed in between. `sure`: whoever asks
    /// has confirmed it; without that they are judged alone.
    pub async fn destroy_materials(
        &self,
        all: Vec<(Ctx, HolderId, DestroyMaterial)>,
        sure: bool,
    ) -> Result<(usize, Vec<(Vec<Material>, Failure)>), Failure> {
        clause!(R40.1);
        let asked = |(ctx, holder, what): (Ctx, HolderId, DestroyMaterial)| {
            (ctx, Whose::Id(holder), what.id, HolderCommand::DestroyMaterial(what))
        };
        let mut asked: Vec<_> = all.into_iter().map(asked).collect();
        let mut trial = Trial::new(self.institutions());
        let commands = asked.iter().map(|(_, whose, _, command)| (whose, command));
        trial.load(self.store(), commands, Vec::new()).await?;
        let pages = |whose: &Whose, id, command: &HolderCommand| -> Vec<Material> {
            let person = trial.file(whose, command).and_then(|file| file.person.as_ref());
            person.map(|p| p.pages_of(id).into_iter().cloned().collect()).unwrap_or_default()
        };
        let mut known = HashSet::new();
        asked.retain(|(_, whose, id, command)| {
            let first = pages(whose, *id, command).first().map_or(*id, |m| m.id);
            known.insert(first)
        });
        let mut refused: Vec<_> = asked
            .iter()
            .filter_map(|(ctx, whose, id, command)| {
                let why = trial.look(ctx, whose, command).err()?;
                Some((pages(whose, *id, command), Failure::from(why)))
            })
            .collect();
        let mut done = 0;
        if sure && refused.is_empty() {
            for (ctx, whose, id, command) in asked {
                let known = pages(&whose, id, &command);
                match self.execute(ctx, Command::Holder { whose, command }).await {
                    Ok(_) => done += 1,
                    Err(why) => refused.push((known, why)),
                }
            }
        }
        Ok((done, refused))
    }

    /// Opens one electronic material for a page of a session: the look is journaled with its reason, and the page is given the name by
    /// which an address of this session may call the document for a quarter of an hour.
    pub async fn open_material(
        &self,
        ctx: Ctx,
        session: &str,
        (holder, id): (HolderId, MaterialId),
        reason: &str,
    ) -> Result<(String, &'static str), Failure> {
        clause!(R40.1);
        clause!(R39.1);
        let until = self.now().0 + OPEN_FOR;
        let bytes = self.read_material(ctx, holder, id, reason).await?;
        let what: Vec<u8> = [id.0, until].iter().flat_map(|n| n.to_be_bytes()).collect();
        Ok((self.name_of(session, OPENED, &what), media_type(&bytes)))
    }

    /// The document that an address of a session calls so, and its media type; `None` for what this session never opened, opened more
    /// than a quarter of an hour ago, or what is destroyed since.
    pub async fn opened_material(
        &self,
        session: &str,
        key: &str,
    ) -> Result<Option<(&'static str, Seen<Vec<u8>>)>, Failure> {
        let Some(named) = self.named(session, OPENED, key) else { return Ok(None) };
        let Some((Ok(id), Ok(until))) =
            named.0.split_at_checked(8).map(|(a, b)| (a.try_into(), b.try_into()))
        else {
            return Ok(None);
        };
        if i64::from_be_bytes(until) < self.now().0 {
            return Ok(None);
        }
        let found = self.store().material(MaterialId(i64::from_be_bytes(id))).await?;
        Ok(found.map(|bytes| (media_type(&bytes), Seen::by_name(&named, bytes))))
    }

    /// 到期材料: what the officer's city may destroy, of one of its outlets when it is chosen, the longest due first, after one. A document stands
    /// in it once, at its first page. What each is is told; whose it is, a look tells. The next part is asked for by `DAY.MATERIAL`.
    pub async fn archive_due_for(
        &self,
        actor: &Actor,
        outlet: Option<OrgId>,
        mut after: Option<(Date, MaterialId)>,
    ) -> Result<Part<DueDocument>, Failure> {
        clause!(R40.1);
        let home = self.org_of(actor, Verb::DestroyMaterial, |home| Place::At(home.id))?;
        let institutions = self.institutions();
        let city = home.city();
        let orgs = institutions.orgs().filter(|o| o.city() == city).map(|o| o.id);
        let orgs: Vec<_> = orgs.filter(|org| outlet.is_none_or(|outlet| outlet == *org)).collect();
        loop {
            let due = self.store().archive_due(&orgs, self.now().date(), after, DUE_ON_A_PAGE).await?;
            let full = i64::try_from(due.len()).is_ok_and(|n| n >= DUE_ON_A_PAGE);
            let more = due.last().filter(|_| full).map(|d| (d.until, d.material));
            let holders = due.iter().map(|d| d.holder).collect();
            let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
            let document = |due: DueMaterial| {
                let person = loaded.holders.get(&due.holder)?.person.as_ref()?;
                let pages: Vec<Material> = person.pages_of(due.material).into_iter().cloned().collect();
                let paper = pages.first().map(|m| person.paper_of(m))?;
                let first = pages.iter().map(|m| m.id).min() == Some(due.material);
                first.then_some(DueDocument { due, pages, paper })
            };
            let rows: Vec<_> = due.into_iter().filter_map(document).collect();
            if !rows.is_empty() || more.is_none() {
                let more = more.map(|(until, id)| format!("{until}.{id}"));
                return Ok(Part { rows, more });
            }
            // Nothing but further pages of what stands before.
            after = more;
        }
    }
}
