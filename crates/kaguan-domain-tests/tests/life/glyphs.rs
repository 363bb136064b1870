//! 字形图片 (Article 34): handed in with the document at hand, approved by another, the province's from then on.

use crate::person::Scene;
use kaguan_domain::clause;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::glyph::GlyphState;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::OrgId;
use kaguan_domain::institution::{
    DecideGlyph, InstitutionCommand as I, ProposeGlyph, decide as decide_institution,
};
use kaguan_domain::refusal::Reason;

const RARE: char = '\u{2EBF0}';
const CLERK: i64 = 1;
const CITY: i64 = 3;

fn propose(s: &Scene, id: i64, character: char, by: i64) -> I {
    let org = s.office.officer(kaguan_domain::ids::OfficerId(by)).map_or(OrgId(0), |o| o.org);
    let (picture, seen_on) = (PhotoRef(format!("picture {id}")), DocumentKind::IdentityCard);
    I::ProposeGlyph(ProposeGlyph { id, character, picture, seen_on, org, in_fonts: false })
}

fn decide(id: i64, approved: bool, reason: &str) -> I {
    I::DecideGlyph(DecideGlyph { id, approved, reason: reason.into(), in_fonts: false })
}

fn give(s: &mut Scene, officer: i64, command: &I) -> Result<(), Reason> {
    s.as_officer(officer);
    let events = decide_institution(&s.office, command, &s.ctx()).map_err(|r| r.reason)?;
    events.iter().for_each(|event| s.office.apply(event));
    Ok(())
}

#[test]
fn art_34_1_the_picture_of_zhangs_character_is_handed_in_at_the_outlet_and_printed_once_another_approves() {
    clause!(R34.1);
    let mut s = Scene::with_card();
    let handed_in = propose(&s, 1, RARE, CLERK);
    give(&mut s, CLERK, &handed_in).unwrap();
    assert!(s.office.glyphs().of(RARE).is_none(), "nothing is printed before it was looked at");
    let again = propose(&s, 2, RARE, CITY);
    assert_eq!(give(&mut s, CITY, &again), Err(Reason::ChangeWaits), "one waits already");
    assert_eq!(give(&mut s, CLERK, &decide(1, true, "")), Err(Reason::NotPermitted));
    assert_eq!(give(&mut s, CITY, &decide(1, false, " ")), Err(Reason::MaterialDefective), "with a reason");
    give(&mut s, CITY, &decide(1, true, "")).unwrap();
    assert_eq!(s.office.glyphs().of(RARE).unwrap().picture.0, "picture 1");
    assert_eq!(give(&mut s, CITY, &decide(1, true, "")), Err(Reason::NothingToDo));
    // A better one takes its place, decided on by somebody else; what is refused changes nothing.
    let better = propose(&s, 2, RARE, CITY);
    give(&mut s, CITY, &better).unwrap();
    assert_eq!(give(&mut s, CITY, &decide(2, true, "")), Err(Reason::OwnGlyph));
    give(&mut s, 6, &decide(2, false, "笔画不清")).unwrap();
    assert!(matches!(s.office.glyphs().get(2).unwrap().state, GlyphState::Refused { .. }));
    assert_eq!(s.office.glyphs().of(RARE).unwrap().picture.0, "picture 1");
    let third = propose(&s, 3, RARE, CITY);
    give(&mut s, CITY, &third).unwrap();
    give(&mut s, 6, &decide(3, true, "")).unwrap();
    assert_eq!(s.office.glyphs().of(RARE).unwrap().picture.0, "picture 3");
}

#[test]
fn art_34_1_a_private_code_point_has_no_picture_for_every_machine_shows_another() {
    clause!(R34.1);
    let mut s = Scene::with_card();
    for (id, c) in ['\u{E000}', 'A', '·', '\u{F0000}', '\u{200B}'].into_iter().enumerate() {
        let asked = propose(&s, id as i64, c, CLERK);
        assert_eq!(give(&mut s, CLERK, &asked), Err(Reason::MaterialDefective), "{c:?}");
    }
}

#[test]
fn art_34_1_what_a_font_has_is_printed_by_the_font_and_its_picture_is_neither_taken_nor_approved() {
    clause!(R34.1);
    let mut s = Scene::with_card();
    let I::ProposeGlyph(asked) = propose(&s, 1, '中', CLERK) else { unreachable!() };
    let known = I::ProposeGlyph(ProposeGlyph { in_fonts: true, ..asked.clone() });
    assert_eq!(give(&mut s, CLERK, &known), Err(Reason::GlyphInFonts));
    // A server without fonts could not tell; whoever looks at it can.
    give(&mut s, CLERK, &I::ProposeGlyph(asked)).unwrap();
    let said = |approved, reason: &str| {
        I::DecideGlyph(DecideGlyph { id: 1, approved, reason: reason.into(), in_fonts: true })
    };
    s.as_officer(CITY);
    let refused = decide_institution(&s.office, &said(true, ""), &s.ctx()).unwrap_err();
    assert_eq!(refused.reason, Reason::GlyphInFonts);
    assert!(refused.sentence().contains("第34条") && refused.sentence().contains("请选“不予启用”"));
    give(&mut s, CITY, &said(false, "字库已有该字")).unwrap();
    assert!(s.office.glyphs().of('中').is_none());
}
