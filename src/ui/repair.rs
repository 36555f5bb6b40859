//! Scratches and dust: what is repaired, how sensitive the search is, and the brush for marks.

use egui::{DragValue, Slider, Ui, vec2};

use super::{
    Scene,
    section::{drop_down_ui, full_width_slider, header_ui, is_reset, named, reveal},
    text,
    theme::{self, STEP},
    viewer::{
        brush::{Target, Tip},
        canvas::{Canvas, MarkView},
    },
    widgets::{self, caption, choice, small_choice, toggle},
};
use crate::{
    restore::{Effect, MarkEdits, Repair, Sensitivity},
    state::{Command, MarkFailure, MarkInput},
};

/// Edits `repair` and the marks of the photo on screen. One line until something is repaired.
pub fn repair_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas, repair: &mut Repair, commands: &mut Vec<Command>) {
    let top = ui.cursor().top();
    mode_ui(ui, scene, canvas, repair);
    if let Repair::Auto(sensitivity) = repair {
        sensitivity_ui(ui, sensitivity);
    }
    if *repair != Repair::None && scene.session.source().is_some() {
        tools_ui(ui, canvas);
        sizes_ui(ui, scene, canvas, commands);
        state_ui(ui, scene, canvas, *repair);
    }
    reveal(ui, "marks", top, canvas.brush().paints(Target::Marks));
}

fn mode_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas, repair: &mut Repair) {
    let sensitivity = match *repair {
        Repair::Auto(sensitivity) => sensitivity,
        Repair::None | Repair::Given => Sensitivity::default(),
    };
    let modes = [Repair::None, Repair::Given, Repair::Auto(sensitivity)];
    let (now, widest) = (text::repair(*repair), text::repair(Repair::Auto(sensitivity)));
    let shown = drop_down_ui(ui, "repair", text::SCRATCHES, now, widest, |ui| {
        theme::roomy_menu(ui);
        for mode in modes {
            let entry = ui.selectable_label(*repair == mode, text::repair(mode));
            if entry.on_hover_text(text::repair_hint(mode)).clicked() {
                // Without marks there is nothing to see yet.
                if mode == Repair::Given && *repair != mode && scene.session.source().is_some() {
                    canvas.brush().take_up(Target::Marks);
                }
                *repair = mode;
                ui.close();
            }
        }
    });
    shown.on_hover_text(text::SCRATCHES_HINT);
}

fn sensitivity_ui(ui: &mut Ui, sensitivity: &mut Sensitivity) {
    let mut percent = sensitivity.percent();
    let slider = header_ui(ui, text::SENSITIVITY, |ui| {
        let value = ui.add(DragValue::new(&mut percent).range(0..=100).speed(0.5));
        named(value, &text::value_of(text::SENSITIVITY), percent.into());
        full_width_slider(ui, Slider::new(&mut percent, 0..=100))
    });
    named(slider.clone(), text::SENSITIVITY, percent.into());
    if is_reset(ui, &slider) {
        percent = Sensitivity::default().percent();
    }
    slider.on_hover_text(text::SENSITIVITY_HINT);
    ui.horizontal(|ui| {
        let size = vec2((ui.available_width() - 2.0 * STEP) / 3.0, theme::CONTROL_HEIGHT);
        for (name, step) in Sensitivity::PRESETS {
            let title = text::step_name(name);
            if choice(ui, size, percent == step.percent(), &title, None, &text::sensitivity(name)).clicked() {
                percent = step.percent();
            }
        }
    });
    *sensitivity = Sensitivity::of(percent);
}

/// Brush and eraser, and how marks are shown.
fn tools_ui(ui: &mut Ui, canvas: &mut Canvas) {
    let size = vec2((ui.available_width() - 3.0 * STEP) / 4.0, theme::CONTROL_HEIGHT);
    ui.horizontal(|ui| {
        let brush = canvas.brush();
        for (effect, title, name, hint) in [
            (Effect::Add, text::BRUSH, text::MARK_BRUSH, text::MARK_BRUSH_HINT),
            (Effect::Erase, text::ERASER, text::MARK_ERASER, text::MARK_ERASER_HINT),
        ] {
            let is_on = brush.does(Target::Marks, effect);
            if toggle(ui, size, is_on, title, name).on_hover_text(hint).clicked() {
                brush.toggle_effect(Target::Marks, effect);
            }
        }
        for (view, title, name, hint) in [
            (MarkView::OverPhoto, text::SHOW, text::SHOW_MARKS, text::SHOW_MARKS_HINT),
            (MarkView::Alone, text::ALONE, text::MARKS_ALONE, text::MARKS_ALONE_HINT),
        ] {
            let is_on = canvas.mark_view() == view;
            if toggle(ui, size, is_on, title, name).on_hover_text(hint).clicked() {
                canvas.set_mark_view(if is_on { MarkView::Hidden } else { view });
            }
        }
    });
}

/// Sizes of the brush, and the button that undoes all changes by hand.
fn sizes_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas, commands: &mut Vec<Command>) {
    let size = vec2((ui.available_width() - 3.0 * STEP) / 4.0, theme::CONTROL_HEIGHT);
    ui.horizontal(|ui| {
        let tip = &mut canvas.brush().marks;
        for (title, step) in text::BRUSH_SIZES.into_iter().zip(Tip::MARKS) {
            let is_chosen = tip.diameter == step.diameter;
            let button = choice(ui, size, is_chosen, title, None, &text::brush_size(title));
            if button.on_hover_text(text::MARK_BRUSH_SIZE_HINT).clicked() {
                *tip = step;
            }
        }
        ui.add_enabled_ui(!scene.marks.edits.is_empty(), |ui| {
            let clear = small_choice(ui, size, text::CLEAR, text::CLEAR_MARKS).on_hover_text(text::CLEAR_MARKS_HINT);
            if clear.clicked() {
                commands.push(Command::SetMarks(MarkEdits::default()));
            }
        });
    });
}

/// The marks in numbers, or why there are none, and what the brush does.
fn state_ui(ui: &mut Ui, scene: &Scene, canvas: &mut Canvas, repair: Repair) {
    let marking = scene.marks.marking;
    let input = scene.session.source().map(|source| MarkInput {
        photo: source.photo.clone(),
        repair,
        edits: scene.marks.edits.clone(),
    });
    let marks = input.and_then(|input| marking.of(&input));
    match (marking.searched(), marking.last_failure(), marks) {
        (Some(_), ..) => {
            caption(ui, text::SEARCHING_SCRATCHES);
        }
        (None, Some(MarkFailure::Stopped), _) => {
            caption(ui, text::SEARCH_STOPPED);
        }
        (None, Some(MarkFailure::Failed(why)), _) => {
            widgets::warning(ui, text::search_failed(why));
        }
        (None, None, Some(marks)) => {
            caption(ui, text::marks(&marks.summary, repair, !marks.edits.is_empty()));
            text::too_wide(&marks.summary).iter().for_each(|text| {
                caption(ui, text);
            });
            marks.refusal.iter().for_each(|refusal| {
                widgets::warning(ui, text::not_fillable(refusal));
            });
        }
        (None, None, None) if marking.is_pending() => {
            caption(ui, text::UPDATING_MARKS);
        }
        // While the queue is exported.
        (None, None, None) => {}
    }
    let is_on = canvas.brush().paints(Target::Marks);
    caption(ui, if is_on { text::MARK_BRUSH_HELP } else { text::MARK_BRUSH_OFF });
}
