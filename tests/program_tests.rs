//! The program as it is installed: its command line, its window on a real screen, its packages, and its use of
//! memory, files and the network.

mod program {
    mod command_line;
    mod desktop;
    mod folders;
    mod kill;
    mod memory;
    mod offline;
    mod packaging;
    mod pages;
}

mod support {
    pub mod photos;
    pub mod skip;
    pub mod tiffs;
    pub mod xvfb;
}
