/** Things to say that every engine answers, the local one also without a network. */
export const QUESTIONS = ["Tell me a story.", "What can you do?", "What time is it in Tokyo?"] as const;
