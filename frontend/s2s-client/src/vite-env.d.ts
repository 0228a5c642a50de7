/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the gateway answers. */
  readonly REACT_APP_API_URL?: string;
}
