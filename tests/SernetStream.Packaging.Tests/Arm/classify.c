/*
 * Runs a model on windows of features by the C interface of ONNX Runtime, and prints each window's output, a line a window.
 * It is what sernetd does between front end and smoother, without .NET, so that it can be compiled for a processor that is
 * only emulated here.
 *
 *   classify LIBRARY MODEL INPUT OUTPUT LABELS VOICE VOICE_AFTER VOICE_SIZE SIZE... <windows
 *
 * LIBRARY is libonnxruntime.so, INPUT and OUTPUT are the names of the model's tensors, SIZE... the shape of the input. VOICE
 * and VOICE_AFTER name the baseline before and after a window, VOICE_SIZE floats that begin as zeros, 0 for a model without one.
 * Where VOICE_AFTER is empty nothing is learnt: each window is the first. Standard input holds the windows one after the other, as floats.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnxruntime_c_api.h"

#define FIRST_SIZE 9
#define MAX_DIMENSIONS 8

static const OrtApi *ort;

static void fail(const char *what) {
  fprintf(stderr, "classify: %s\n", what);
  exit(1);
}

static void check(OrtStatus *status) {
  if (status != NULL) {
    fail(ort->GetErrorMessage(status));
  }
}

static const OrtApi *load(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fail(dlerror());
  }
  const OrtApiBase *(*base)(void) = (const OrtApiBase *(*)(void))dlsym(library, "OrtGetApiBase");
  const OrtApi *api = base == NULL ? NULL : base()->GetApi(ORT_API_VERSION);
  if (api == NULL) {
    fail("the library does not speak the interface of its header");
  }
  return api;
}

/* As SernetStream.Models opens its sessions. */
static OrtSession *open_session(const char *model) {
  OrtEnv *env;
  OrtSessionOptions *options;
  OrtSession *session;
  check(ort->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "classify", &env));
  check(ort->CreateSessionOptions(&options));
  check(ort->SetIntraOpNumThreads(options, 1));
  check(ort->SetInterOpNumThreads(options, 1));
  check(ort->SetSessionExecutionMode(options, ORT_SEQUENTIAL));
  check(ort->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL));
  check(ort->CreateSession(env, model, options, &session));
  return session;
}

/* A tensor of floats that stay where they are. */
static OrtValue *tensor_of(float *values, const int64_t *shape, size_t dimensions) {
  size_t count = 1;
  for (size_t i = 0; i < dimensions; i++) {
    count *= (size_t)shape[i];
  }
  OrtMemoryInfo *memory;
  OrtValue *tensor;
  check(ort->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &memory));
  check(ort->CreateTensorWithDataAsOrtValue(
      memory, values, count * sizeof(float), shape, dimensions, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &tensor));
  return tensor;
}

int main(int argc, char **argv) {
  if (argc <= FIRST_SIZE || argc > FIRST_SIZE + MAX_DIMENSIONS) {
    fail("wrong number of arguments");
  }
  const char *inputs[] = {argv[3], argv[6]}, *outputs[] = {argv[4], argv[7]};
  const int64_t labels = atol(argv[5]), voice_shape[] = {1, atol(argv[8])};
  const size_t voice_size = (size_t)voice_shape[1], tensors = voice_size > 0 ? 2 : 1, wanted = argv[7][0] != '\0' ? 2 : 1;
  const size_t dimensions = (size_t)argc - FIRST_SIZE;
  int64_t shape[MAX_DIMENSIONS];
  size_t count = 1;
  for (size_t i = 0; i < dimensions; i++) {
    shape[i] = atol(argv[FIRST_SIZE + i]);
    count *= (size_t)shape[i];
  }

  /* The library reports to its maker unless this is said before it is loaded. */
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  ort = load(argv[1]);
  OrtSession *session = open_session(argv[2]);

  float *window = calloc(count, sizeof(float)), *voice = calloc(voice_size + 1, sizeof(float));
  const OrtValue *given[] = {tensor_of(window, shape, dimensions), tensors > 1 ? tensor_of(voice, voice_shape, 2) : NULL};

  while (fread(window, sizeof(float), count, stdin) == count) {
    OrtValue *results[] = {NULL, NULL};
    float *values;
    check(ort->Run(session, NULL, inputs, given, tensors, outputs, wanted, results));
    check(ort->GetTensorMutableData(results[0], (void **)&values));
    for (int64_t i = 0; i < labels; i++) {
      printf(i == 0 ? "%.7g" : " %.7g", values[i]);
    }
    putchar('\n');
    ort->ReleaseValue(results[0]);
    if (wanted > 1) {
      check(ort->GetTensorMutableData(results[1], (void **)&values));
      memcpy(voice, values, voice_size * sizeof(float));
      ort->ReleaseValue(results[1]);
    }
  }
  return ferror(stdin) ? 1 : 0;
}
