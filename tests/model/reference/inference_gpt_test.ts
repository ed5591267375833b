import { InferenceGpt } from "../../../src/model/reference/inference_gpt.ts";
import { testLanguageModel } from "../language_model_contract.ts";

testLanguageModel("InferenceGpt", (weights) => new InferenceGpt(weights));
