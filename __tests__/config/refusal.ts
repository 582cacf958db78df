import { SluiceError } from '../../src/errors.ts';

/** The error that something ends with. */
export async function refusal(work: () => unknown): Promise<SluiceError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
