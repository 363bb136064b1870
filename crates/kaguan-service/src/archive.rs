//! The archive's door (Article 40): electronic material goes in sealed, comes out with a reason, and is destroyed when
//! its years are over.

use crate::outcome::{Failure, Receipt};
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::ids::{HolderId, MaterialId};
use kaguan_domain::records::{DestroyMaterial, FileMaterial, Look};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::seal::sm3;

/// The largest electronic material, in bytes.
pub const LARGEST_MATERIAL: usize = 16 << 20;

/// The digest that the archive names an electronic material by: SM3 in lower-case hexadecimal.
pub fn digest_of(bytes: &[u8]) -> String {
    sm3(&[bytes]).iter().map(|b| format!("{b:02x}")).collect()
}

impl Service {
    /// Does a command that comes with images, which it files itself. They are stored before, and taken away again when it is
    /// refused.
    pub async fn execute_with_images(
        &self,
        ctx: Ctx,
        command: Command,
        images: &[(MaterialId, Vec<u8>)],
    ) -> Result<Receipt, Failure> {
        clause!(R40.1);
        if images.iter().any(|(_, bytes)| bytes.is_empty() || bytes.len() > LARGEST_MATERIAL) {
            let about = format!("影像须在1字节至{}MB之间", LARGEST_MATERIAL >> 20);
            return Err(Refusal::about(Reason::MaterialDefective, about).into());
        }
        for (id, bytes) in images {
            self.store().put_material(*id, bytes).await?;
        }
        let done = self.execute(ctx, command).await;
        // What is unknown may have been filed: the images stay. A request that was repeated filed its own the first time.
        let filed = done.as_ref().is_ok_and(|r| !r.replayed) || matches!(done, Err(Failure::Unknown));
        if !filed {
            for (id, _) in images {
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
            return Err(Failure::Refused(Box::new(Refusal::about(Reason::MaterialDefective, about))));
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
    ) -> Result<Vec<u8>, Failure> {
        clause!(R40.1);
        let look = Look { reason: reason.into(), material: Some(id) };
        self.execute(ctx, Command::of(holder, HolderCommand::Look(look))).await?;
        let found = self.store().material(id).await?;
        found.ok_or_else(|| {
            Failure::Refused(Box::new(Refusal::about(Reason::NotFound, "该材料为纸质，见登记的专柜专夹")))
        })
    }

    /// 到期销毁: the journal says so first, then the document is gone.
    pub async fn destroy_material(&self, ctx: Ctx, holder: HolderId, id: MaterialId) -> Result<(), Failure> {
        clause!(R40.1);
        let command = HolderCommand::DestroyMaterial(DestroyMaterial { id });
        self.execute(ctx, Command::of(holder, command)).await?;
        self.store().delete_material(id).await.map_err(|e| Failure::half_done(&e))
    }
}
