//! IP fragments.

use super::tunnel::is_v6;
use super::wire::ones_complement_sum;

/// The packet cut into fragments of at most `most` bytes, as IPv4 or IPv6 does it.
pub fn pieces(packet: &[u8], most: usize, identification: u16) -> Vec<Vec<u8>> {
    let (header, content) = packet.split_at(if is_v6(packet) { 40 } else { usize::from(packet[0] & 15) * 4 });
    let pieces = content.chunks(most);
    let last = pieces.len() - 1;
    let piece = |(index, piece): (usize, &[u8])| {
        let place = u16::try_from(index * most).unwrap();
        let more = u16::from(index < last);
        let mut head = header.to_vec();
        if is_v6(packet) {
            let next = std::mem::replace(&mut head[6], 44);
            head.extend([next, 0]);
            head.extend((place | more).to_be_bytes());
            head.extend(u32::from(identification).to_be_bytes());
            let length = u16::try_from(8 + piece.len()).unwrap();
            head[4..6].copy_from_slice(&length.to_be_bytes());
        } else {
            let length = u16::try_from(head.len() + piece.len()).unwrap();
            head[2..4].copy_from_slice(&length.to_be_bytes());
            head[4..6].copy_from_slice(&identification.to_be_bytes());
            head[6..8].copy_from_slice(&((place / 8) | (more << 13)).to_be_bytes());
            head[10..12].fill(0);
            let sum = !ones_complement_sum(&head, 0);
            head[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        [&head, piece].concat()
    };
    pieces.enumerate().map(piece).collect()
}
