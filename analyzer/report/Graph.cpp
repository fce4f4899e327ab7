//===- Graph.cpp - the states of an object, drawn -------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Graph.h"

#include "analyzer/report/Words.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace retsan::report {

static std::string labelOf(const StateNode &N) {
  return N.State.empty() ? "not alive yet" : stateText(N.State);
}

StateGraph graphOf(const Finding &X) {
  if (!X.Graph.Nodes.empty())
    return X.Graph;
  StateGraph G;
  if (X.Witness.empty())
    return G;
  G.Nodes.emplace_back().Start = true;
  uint32_t At = 0;
  for (const WitnessStep &W : X.Witness) {
    bool Last = &W == &X.Witness.back();
    // A step without a state is told by its call alone; the last one is where
    // the finding is.
    auto State = !W.State.empty() ? W.State : Last ? X.State : W.State;
    if (State.empty())
      State = {{"after", W.Call}};
    auto Known =
        find_if(G.Nodes, [&](const StateNode &N) { return N.State == State; });
    uint32_t To = Known - G.Nodes.begin();
    if (Known == G.Nodes.end())
      G.Nodes.emplace_back().State = State;
    G.Edges.push_back({At, To, W.Call, W.File, W.Line, W.Note});
    At = To;
  }
  G.Nodes[At].Bad = true;
  return G;
}

bool isOnWitness(const Finding &X, const StateGraph &G, const StateEdge &E) {
  auto Same = [](const auto &A, const auto &B) {
    auto SA = A, SB = B;
    llvm::sort(SA);
    llvm::sort(SB);
    return SA == SB;
  };
  for (size_t I = 0; I < X.Witness.size(); ++I) {
    const WitnessStep &W = X.Witness[I];
    if (W.Call != E.Call || W.File != E.File || W.Line != E.Line)
      continue;
    bool To = W.State.empty() || Same(G.Nodes[E.To].State, W.State);
    bool From = I == 0 || X.Witness[I - 1].State.empty() ||
                Same(G.Nodes[E.From].State, X.Witness[I - 1].State);
    if (To && From)
      return true;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Graphviz
//===----------------------------------------------------------------------===//

/// A quoted string of DOT: names from the program under test stay text.
static std::string quoted(StringRef S) {
  std::string Out = "\"";
  for (char C : S) {
    if (C == '"' || C == '\\')
      Out += '\\';
    if (C == '\n')
      Out += "\\n";
    else if (static_cast<unsigned char>(C) >= 0x20)
      Out += C;
  }
  return Out + "\"";
}

static std::string placeOf(StringRef File, uint32_t Line) {
  return File.empty() ? "" : (File + ":" + Twine(Line)).str();
}

static void functionNode(raw_ostream &OS, const Twine &Id, const PlaceRef &P,
                         const Twine &What, StringRef Colour) {
  OS << "  " << Id << " [shape=box, style=dashed, color=" << Colour
     << ", label=" << quoted(placeText(P) + "\n" + What.str()) << "];\n";
}

std::string toDot(const Finding &X) {
  StateGraph G = graphOf(X);
  std::string Text;
  raw_string_ostream OS(Text);
  OS << "digraph " << quoted(X.Subject) << " {\n"
     << "  label=" << quoted(messageOf(X)) << ";\n"
     << "  labelloc=t;\n  node [fontname=\"sans-serif\"];\n"
     << "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  std::optional<size_t> Bad;
  for (size_t I = 0; I < G.Nodes.size(); ++I) {
    const StateNode &N = G.Nodes[I];
    OS << "  s" << I << " [shape=ellipse, label=" << quoted(labelOf(N));
    if (N.Start)
      OS << ", style=bold";
    if (N.Bad) {
      OS << ", peripheries=2, color=red, fontcolor=red";
      Bad = Bad.value_or(I);
    }
    OS << "];\n";
  }
  for (const StateEdge &E : G.Edges) {
    std::string Label = E.Call;
    if (!E.Note.empty())
      Label += "\n" + E.Note;
    if (std::string P = placeOf(E.File, E.Line); !P.empty())
      Label += "\n" + P;
    OS << "  s" << E.From << " -> s" << E.To << " [label=" << quoted(Label);
    if (isOnWitness(X, G, E))
      OS << ", style=bold, color=red";
    OS << "];\n";
  }
  if (G.Hidden)
    OS << "  hidden [shape=plaintext, label="
       << quoted(plural(G.Hidden, "state") + " more") << "];\n";
  if (Bad) {
    std::vector<Reader> Readers = X.Readers;
    if (Readers.empty())
      for (const PlaceRef &P : X.Uses)
        Readers.push_back({P, ""});
    for (size_t I = 0; I < Readers.size(); ++I) {
      StringRef Needs = Readers[I].Needs;
      functionNode(OS, "r" + Twine(I), Readers[I].At,
                   Needs.empty() ? std::string("uses it")
                                 : ("uses it only while " + Needs).str(),
                   "gray40");
      OS << "  r" << I << " -> s" << *Bad << " [style=dotted, arrowhead=none"
         << (Needs.empty() ? "" : ", label=\"does not read here\"") << "];\n";
    }
    for (size_t I = 0; I < X.Clearers.size(); ++I) {
      functionNode(OS, "c" + Twine(I), X.Clearers[I], "clears it", "darkgreen");
      OS << "  s" << *Bad << " -> c" << I
         << " [style=dotted, color=darkgreen];\n";
    }
  }
  OS << "}\n";
  return Text;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

void printGraph(const Finding &X, raw_ostream &OS) {
  StateGraph G = graphOf(X);
  for (size_t I = 0; I < G.Nodes.size(); ++I) {
    const StateNode &N = G.Nodes[I];
    OS << "    (" << I + 1 << ") " << labelOf(N);
    if (N.Start)
      OS << "  [start]";
    if (N.Bad)
      OS << "  [this finding]";
    OS << "\n";
    for (const StateEdge &E : G.Edges) {
      if (E.From != I)
        continue;
      OS << "      " << (isOnWitness(X, G, E) ? "=> " : "-> ") << "("
         << E.To + 1 << ") by " << E.Call;
      if (std::string P = placeOf(E.File, E.Line); !P.empty())
        OS << " (" << P << ")";
      if (!E.Note.empty())
        OS << ": " << E.Note;
      OS << "\n";
    }
  }
  if (G.Hidden)
    OS << "    and " << plural(G.Hidden, "state") << " more\n";
}

} // namespace retsan::report
