// Looks overtake each other: only the one that began last may be shown.

/** Gives what begins a look; that gives what tells whether no other has begun since. */
export function numberedLooks() {
  let last = 0;
  return () => {
    const own = (last += 1);
    return () => own === last;
  };
}
