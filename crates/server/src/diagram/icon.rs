//! A small picture for each kind of step, drawn with a pen of 1.6 in a field of 20 by 20.

use flow::{Step, StepKind};

/// Path and colour.
pub(super) fn of(step: &Step) -> (&'static str, &'static str) {
    const BLUE: &str = "#2563eb";
    const VIOLET: &str = "#7c3aed";
    const TEAL: &str = "#0d9488";
    const AMBER: &str = "#b45309";
    const GREEN: &str = "#15803d";
    match &step.kind {
        StepKind::Modify(_) => ("M3 17l1-4L13.5 3.5l3 3L7 16zM11.5 5.5l3 3", BLUE),
        StepKind::Script(_) => ("M6 6l-4 4l4 4M14 6l4 4l-4 4M11.5 4l-3 12", VIOLET),
        StepKind::Transform(_) => ("M3 3h5v5H3zM12 12h5v5h-5zM8 5.5h4l3 3v3.5", VIOLET),
        StepKind::Split(_) => ("M2 10h6M8 10l5-6h4M8 10h9M8 10l5 6h4", TEAL),
        StepKind::Gather(_) | StepKind::Join => ("M18 10h-6M12 10L7 4H3M12 10H3M12 10l-5 6H3", TEAL),
        StepKind::Filter(_) => ("M2.5 4h15l-6 7v5l-3 1.5V11z", TEAL),
        StepKind::Call(_) => ("M3 3h14v14H3zM10 6.5v7M6.5 10h7", BLUE),
        StepKind::Loop(_) => ("M16 7a7 7 0 1 0 .8 4M16.5 2.5V7H12", BLUE),
        StepKind::Once(_) => ("M10 2.5a7.5 7.5 0 1 0 .01 0M8 7.5l2.5-1.5v8.5M8 14.5h5", BLUE),
        StepKind::Request(_) | StepKind::Enrich(_) => {
            ("M3 7h13M13 3.5L16.5 7L13 10.5M17 14H4M7 10.8L3.5 14L7 17.5", GREEN)
        }
        StepKind::Send(_) => ("M2.5 3.5L18 10L2.5 16.5L5 10zM5 10h7", GREEN),
        StepKind::StoreWrite(_) | StepKind::StoreGet(_) | StepKind::StoreSelect(_) | StepKind::StoreDelete(_) => {
            ("M3 5c0-3.3 14-3.3 14 0v10c0 3.3-14 3.3-14 0zM3 5c0 3.3 14 3.3 14 0M3 10c0 3.3 14 3.3 14 0", AMBER)
        }
        StepKind::WriteVariables(_) => ("M3 6l6 8M9 6l-6 8M12 8h6M12 12h6", AMBER),
        StepKind::Validate(_) | StepKind::Digest(_) => {
            ("M10 2.5l6.5 2.5v5c0 4-3 6.5-6.5 7.5C6.5 16.5 3.5 14 3.5 10V5zM7 10l2.2 2.2L13 8", VIOLET)
        }
        StepKind::Persist(_) => ("M3 3h11l3 3v11H3zM6 3v5h7V3M6 17v-6h8v6", AMBER),
        StepKind::Convert(_) => ("M3 6h12M12 3l3 3l-3 3M17 14H5M8 11l-3 3l3 3", VIOLET),
        StepKind::Route(_) | StepKind::Multicast(_) | StepKind::End(_) => ("", BLUE),
    }
}
