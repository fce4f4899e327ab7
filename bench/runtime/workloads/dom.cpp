//===- dom.cpp - a JSON document: parse, walk, change, free ---------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nodes with first child and next sibling, each name and string an allocation
// of its own; the parser keeps a scratch buffer. Argument: rounds over a text
// of two megabytes. Prints a checksum.
//
//===----------------------------------------------------------------------===//

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

struct Node {
  enum Kind { Null, Number, String, Array, Object } What = Null;
  char *Name = nullptr;
  char *Text = nullptr;
  double Value = 0;
  Node *Child = nullptr;
  Node *Next = nullptr;
};

struct Parser {
  const char *At;
  char *Scratch;
  size_t Capacity;
  bool Parsing;
};

static char *copyOf(const char *S, size_t Size) {
  char *P = static_cast<char *>(malloc(Size + 1));
  memcpy(P, S, Size);
  P[Size] = 0;
  return P;
}

static void skip(Parser &P) {
  while (*P.At == ' ' || *P.At == '\n' || *P.At == ',' || *P.At == ':')
    ++P.At;
}

static char *parseString(Parser &P) {
  size_t Size = 0;
  for (++P.At; *P.At != '"'; ++P.At) {
    if (*P.At == '\\')
      ++P.At;
    if (Size == P.Capacity) {
      P.Capacity *= 2;
      P.Scratch = static_cast<char *>(realloc(P.Scratch, P.Capacity));
    }
    P.Scratch[Size++] = *P.At;
  }
  ++P.At;
  return copyOf(P.Scratch, Size);
}

static Node *parse(Parser &P) {
  skip(P);
  Node *N = new Node;
  if (*P.At == '"') {
    N->What = Node::String;
    N->Text = parseString(P);
  } else if (*P.At == '{' || *P.At == '[') {
    bool IsObject = *P.At++ == '{';
    N->What = IsObject ? Node::Object : Node::Array;
    Node **Tail = &N->Child;
    for (skip(P); *P.At != '}' && *P.At != ']'; skip(P)) {
      char *Name = IsObject ? parseString(P) : nullptr;
      *Tail = parse(P);
      (*Tail)->Name = Name;
      Tail = &(*Tail)->Next;
    }
    ++P.At;
  } else if (*P.At == 'n') {
    P.At += 4;
  } else {
    char *End;
    N->What = Node::Number;
    N->Value = strtod(P.At, &End);
    P.At = End;
  }
  return N;
}

static double walk(const Node *N) {
  double Sum = N->Value + (N->Text ? static_cast<double>(strlen(N->Text)) : 0);
  for (const Node *C = N->Child; C; C = C->Next)
    Sum += walk(C);
  return Sum;
}

static void destroy(Node *N) {
  while (N) {
    Node *Next = N->Next;
    destroy(N->Child);
    free(N->Name);
    free(N->Text);
    delete N;
    N = Next;
  }
}

/// Drops every third child, doubles numbers, lengthens texts.
static void change(Node *N) {
  unsigned I = 0;
  for (Node **P = &N->Child; *P;) {
    Node *C = *P;
    if (++I % 3 == 0) {
      *P = C->Next;
      C->Next = nullptr;
      destroy(C);
      continue;
    }
    C->Value *= 2;
    if (C->Text) {
      size_t Size = strlen(C->Text);
      C->Text = static_cast<char *>(realloc(C->Text, Size + 9));
      memcpy(C->Text + Size, " changed", 9);
    }
    change(C);
    P = &C->Next;
  }
}

static std::string generate() {
  std::string Out = "[";
  unsigned long X = 1;
  for (int I = 0; I != 20000; ++I) {
    X = X * 6364136223846793005u + 1442695040888963407u;
    Out += "{\"id\": " + std::to_string(X >> 40) + ", \"name\": \"person " +
           std::to_string(I) + "\", \"tags\": [\"a\", \"\\\"b\\\"\", \"long" +
           std::string((X >> 20) % 30, 'x') +
           "\"], \"parent\": null, \"at\": {\"x\": " + std::to_string(I % 100) +
           ", \"y\": -1.5}},\n";
  }
  return Out + "]";
}

int main(int Argc, char **Argv) {
  int Rounds = Argc > 1 ? atoi(Argv[1]) : 20;
  std::string Text = generate();
  auto *P = new Parser{nullptr, static_cast<char *>(malloc(8)), 8, false};
  double Sum = 0;
  for (int I = 0; I != Rounds; ++I) {
    P->At = Text.c_str();
    P->Parsing = true;
    Node *Root = parse(*P);
    P->Parsing = false;
    for (int W = 0; W != 3; ++W)
      Sum += walk(Root);
    change(Root);
    Sum += walk(Root);
    destroy(Root);
  }
  free(P->Scratch);
  delete P;
  std::printf("%.0f\n", Sum);
}
