/** How often the server ended by itself, and when that is too often. */

const MOST = 3;
const WITHIN_MS = 180_000;

/** The crashes of the last minutes. */
export class Crashes {
  private times: number[] = [];

  /** Count one; whether it is one too many to start the server again. */
  isOneTooMany(now: number): boolean {
    this.times = [...this.times.filter((time) => now - time < WITHIN_MS), now];
    return this.times.length > MOST;
  }

  /** Begin anew, because the user asked for a start. */
  forget(): void {
    this.times = [];
  }
}
