-- Binary trees, tables that grow and shrink, strings, objects: what the collector
-- and the allocator of an interpreter see. Argument: rounds. Prints a checksum.
-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
local rounds = tonumber(arg[1]) or 6

local function tree(depth)
  if depth == 0 then return {} end
  return {tree(depth - 1), tree(depth - 1)}
end
local function count(t)
  return t[1] and 1 + count(t[1]) + count(t[2]) or 1
end

local Account = {}
Account.__index = Account
function Account.new(n) return setmetatable({balance = n, log = {}}, Account) end
function Account:add(n)
  self.balance = self.balance + n
  self.log[#self.log + 1] = "add " .. n
end

local sum = 0
for round = 1, rounds do
  sum = sum + count(tree(13))
  local t = {}
  for i = 1, 60000 do t["key " .. i % 30000] = {i, round} end
  for i = 1, 30000, 2 do t["key " .. i] = nil end
  for _, v in pairs(t) do sum = sum + v[1] end
  local all = {}
  for i = 1, 2000 do
    all[i] = Account.new(i)
    for j = 1, 10 do all[i]:add(j) end
  end
  for i = 1, 2000 do sum = sum + all[i].balance + #all[i].log end
  local parts = {}
  for i = 1, 20000 do parts[#parts + 1] = ("%d:%s"):format(i, ("x"):rep(i % 17)) end
  sum = sum + #table.concat(parts)
end
print(sum)
