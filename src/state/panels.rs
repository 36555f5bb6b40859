//! The panels beside the photo: which are shown, and how wide they are. Pure.

use serde::{Deserialize, Serialize};

/// A panel beside the photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SidePanel {
    /// The list of photos, on the left.
    List,
    /// The settings, on the right.
    Settings,
}

impl SidePanel {
    /// Its narrowest and widest, in points.
    pub fn widths(self) -> [f32; 2] {
        match self {
            SidePanel::List => [200.0, 560.0],
            SidePanel::Settings => [276.0, 480.0],
        }
    }
}

/// Whether a panel is shown, and how wide it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PanelState {
    /// Whether the user wants to see it.
    pub shown: bool,
    /// Its width where there is room, in points.
    pub width: f32,
}

/// The panels, as the user left them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panels {
    /// The list of photos.
    pub list: PanelState,
    /// The settings.
    pub settings: PanelState,
    /// The one shown where there is room for one only.
    pub latest: SidePanel,
    /// Whether a map of the photo is shown while only a part of it is in view.
    pub navigator: bool,
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            list: PanelState { shown: true, width: 272.0 },
            settings: PanelState { shown: true, width: 292.0 },
            latest: SidePanel::List,
            navigator: true,
        }
    }
}

impl Panels {
    /// Least width left for the photo, in points.
    const PHOTO: f32 = 320.0;

    /// Widths of the list and the settings beside the photo in `room` points; `None` for a hidden one. `has_list`:
    /// there are several photos.
    pub fn fitted(&self, room: f32, has_list: bool) -> [Option<f32>; 2] {
        let (mut list, mut settings) = (self.list.shown && has_list, self.settings.shown);
        let [[least_list, _], [least_settings, _]] = [SidePanel::List, SidePanel::Settings].map(SidePanel::widths);
        if list && settings && room < least_list + least_settings + Self::PHOTO {
            (list, settings) = (self.latest == SidePanel::List, self.latest == SidePanel::Settings);
        }
        let width = |shown: bool, panel: PanelState| if shown { panel.width } else { 0.0 };
        let for_panels = room - Self::PHOTO;
        let settings_width = width(settings, self.settings);
        let list_width = width(list, self.list).min((for_panels - settings_width).max(least_list));
        let settings_width = settings_width.min((for_panels - list_width).max(least_settings));
        [list.then_some(list_width), settings.then_some(settings_width)]
    }

    /// Shows a panel, or hides it if it is on screen.
    pub fn toggle(&mut self, panel: SidePanel, room: f32, has_list: bool) {
        let [list, settings] = self.fitted(room, has_list);
        let is_shown = match panel {
            SidePanel::List => list.is_some(),
            SidePanel::Settings => settings.is_some(),
        };
        self.of(panel).shown = !is_shown;
        if !is_shown {
            self.latest = panel;
        }
    }

    /// Hides both panels, or shows both if none is on screen.
    pub fn toggle_all(&mut self, room: f32, has_list: bool) {
        let is_any = self.fitted(room, has_list).iter().any(Option::is_some);
        (self.list.shown, self.settings.shown) = (!is_any, !is_any);
    }

    /// Sets the width of a panel, within its limits.
    pub fn resize(&mut self, panel: SidePanel, width: f32) {
        let [least, most] = panel.widths();
        self.of(panel).width = width.clamp(least, most);
    }

    /// Limits the widths: the file may have been edited.
    pub fn clamped(mut self) -> Self {
        self.resize(SidePanel::List, self.list.width);
        self.resize(SidePanel::Settings, self.settings.width);
        self
    }

    fn of(&mut self, panel: SidePanel) -> &mut PanelState {
        match panel {
            SidePanel::List => &mut self.list,
            SidePanel::Settings => &mut self.settings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_photo_keeps_its_room() {
        for room in [640.0, 700.0, 820.0, 1000.0, 1256.0] {
            for latest in [SidePanel::List, SidePanel::Settings] {
                let [list, settings] = Panels { latest, ..Panels::default() }.fitted(room, true);
                let used = list.unwrap_or_default() + settings.unwrap_or_default();
                assert!(room - used >= Panels::PHOTO, "{room}: {list:?} {settings:?}");
                assert_eq!(list.is_some() && settings.is_some(), room >= 796.0, "{room}");
            }
        }
        assert_eq!(Panels::default().fitted(1256.0, true), [Some(272.0), Some(292.0)]);
        assert_eq!(Panels::default().fitted(1256.0, false), [None, Some(292.0)]);
        assert_eq!(Panels::default().fitted(850.0, true), [Some(238.0), Some(292.0)], "the list shrinks first");
    }

    #[test]
    fn where_there_is_room_for_one_the_latest_stays() {
        let mut panels = Panels::default();
        assert_eq!(panels.fitted(700.0, true), [Some(272.0), None]);
        panels.toggle(SidePanel::Settings, 700.0, true);
        assert_eq!(panels.fitted(700.0, true), [None, Some(292.0)]);
        panels.toggle(SidePanel::List, 700.0, true);
        assert_eq!(panels.fitted(700.0, true), [Some(272.0), None]);
        panels.toggle(SidePanel::List, 700.0, true);
        assert_eq!(panels.fitted(700.0, true), [None, Some(292.0)], "hidden, so there is room for the other");
        assert_eq!(panels.fitted(1256.0, true), [None, Some(292.0)]);
    }

    #[test]
    fn both_are_hidden_and_shown_together() {
        let mut panels = Panels::default();
        panels.toggle(SidePanel::Settings, 1256.0, true);
        panels.toggle_all(1256.0, true);
        assert_eq!(panels.fitted(1256.0, true), [None, None]);
        panels.toggle_all(1256.0, true);
        assert_eq!(panels.fitted(1256.0, true), [Some(272.0), Some(292.0)]);
        panels.toggle(SidePanel::Settings, 1256.0, false);
        panels.toggle_all(1256.0, false);
        assert_eq!(panels.fitted(1256.0, false), [None, Some(292.0)], "a list that is not there does not count");
    }

    #[test]
    fn widths_are_limited() {
        let mut panels = Panels::default();
        panels.resize(SidePanel::List, 9000.0);
        panels.resize(SidePanel::Settings, 1.0);
        assert_eq!([panels.list.width, panels.settings.width], [560.0, 276.0]);
    }
}
