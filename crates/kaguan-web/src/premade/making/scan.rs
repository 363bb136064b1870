//! 扫描: the scanner beside this session's desk makes a picture of the paper that lies on it, for the form that asked. The browser speaks to
//! the system alone; nothing is kept of the picture until the form is sent.

use super::desk_of;
use crate::Console;
use crate::agent::{Unheard, perform};
use crate::session::SignedIn;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use kaguan_api::desk::{Outcome, Work};
use kaguan_domain::clause;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_service::apply::Image;
use kaguan_service::media_type;

/// One side of the paper on the scanner.
pub async fn paper(console: &Console, me: &SignedIn) -> Result<Vec<u8>, String> {
    clause!(R40.1);
    let none = "本次登录还没有使用带扫描仪的制卡桌面机。请先在“新即时制卡”中录入桌面号";
    let whose = desk_of(console, me).ok_or(none)?;
    match perform(console, &whose, ("", ""), Work::Scan).await {
        Ok(Outcome::Paper { picture, .. }) => {
            let image = Image { kind: MaterialKind::Other, bytes: picture };
            match image.is_readable() {
                true => Ok(image.bytes),
                false => Err("扫描仪送出的不是JPG、PNG、TIF或PDF影像，请管理员检查扫描程序的设置".into()),
            }
        }
        Ok(Outcome::Refused { why }) | Err(Unheard::NotGiven(why)) => Err(why),
        Ok(Outcome::Failed { code, words }) => Err(format!("没有扫描：{words}（{code}）")),
        Ok(Outcome::Done | Outcome::Card(_) | Outcome::Identity(_) | Outcome::ChipKey(_)) => {
            Err("桌面机的答复不合规".into())
        }
        Err(Unheard::Lost) => Err("制卡桌面机没有应答，请检查桌面程序和扫描仪".into()),
    }
}

/// The picture for a page's script, which puts it into the form; a sentence when there is none.
pub async fn scan(State(console): State<Console>, me: SignedIn) -> Response {
    match paper(&console, &me).await {
        Ok(picture) => ([(CONTENT_TYPE, media_type(&picture))], picture).into_response(),
        Err(why) => (StatusCode::UNPROCESSABLE_ENTITY, why).into_response(),
    }
}
