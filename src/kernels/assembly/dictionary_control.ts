// The control block: see ../dictionary_control.ts. Byte positions here.
export const COUNT: usize = 0;
export const WIDTH: usize = 4;
export const MODE: usize = 8;
export const STOP: usize = 12;
export const ENTRY_CAPACITY: usize = 16;
export const DATA: usize = 20;
export const DATA_CAPACITY: usize = 24;
export const DATA_LENGTH: usize = 28;
export const BYTE_LIMIT: usize = 32;
export const OFFSETS: usize = 36;
export const KEYS: usize = 40;
export const TABLE: usize = 44;
export const TABLE_SLOTS: usize = 48;
export const LOW: usize = 56;

export const MODE_DIRECT: u32 = 1;
export const STOP_ENTRIES: u32 = 1;
export const STOP_DATA: u32 = 2;
export const STOP_LIMIT: u32 = 3;
export const STOP_OUTSIDE: u32 = 4;
