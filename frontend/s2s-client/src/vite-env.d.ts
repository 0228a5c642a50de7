/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the gateway answers. */
  readonly REACT_APP_API_URL?: string;
  /** Seconds for which a lost connection is looked for again. */
  readonly REACT_APP_RECONNECT_LIMIT_S?: string;
}
